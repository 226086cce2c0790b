"""What a client can see: declarations only, no I/O and no rules."""
