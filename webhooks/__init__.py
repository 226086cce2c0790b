"""Inbound deliveries: verify, store, enqueue, answer 200."""
