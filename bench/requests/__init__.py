"""What one request costs inside the process, without a network."""
