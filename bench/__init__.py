"""Measurements of the engines and of the marketplace; each folder runs with `python -m bench.<name>`."""
