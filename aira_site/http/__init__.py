"""HTTP code for all requests: middleware, errors and health."""
