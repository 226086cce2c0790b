"""Hostile documents against the transport's limits and against Strawberry's stock limiters."""
