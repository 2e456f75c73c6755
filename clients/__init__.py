"""Clients of the API, generated from its own description, and a walk through the site with one of them."""
