"""Live state in Redis: counters, bids, presence."""
