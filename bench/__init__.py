"""Measurements: ratios and counts, printed as one table by `make bench`."""
