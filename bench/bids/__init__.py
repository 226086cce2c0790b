"""Bids per second: the service with its journal on, beside the bare script calls of the same run."""
