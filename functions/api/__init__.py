"""The HTTP API: sign-in, routes per resource, and the page."""
