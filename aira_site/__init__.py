"""The composition root: settings, routes, middleware, and what spans the apps."""
