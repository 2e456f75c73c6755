"""Clients generated from the API's OpenAPI document, and a test run against the site with one of them."""
