"""The composition root: settings, routes, middleware, and code that spans the apps."""
