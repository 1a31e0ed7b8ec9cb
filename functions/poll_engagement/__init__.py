"""Listening: what came back to accounts and posts is read, filed, and followed as it changes."""
