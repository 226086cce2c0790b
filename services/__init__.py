"""Every change of state: one verb, one transaction, one idempotency key."""
