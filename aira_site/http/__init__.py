"""What spans all requests: middleware, errors, health."""
