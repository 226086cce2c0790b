"""Local stand-ins that speak the real protocols and know nothing of the marketplace."""
