"""The JSON shapes of the API, and the only ones: what it takes and what it answers."""
