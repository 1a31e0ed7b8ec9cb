"""Adapters: one file per network, and what they share."""
