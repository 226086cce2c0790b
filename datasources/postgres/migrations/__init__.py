"""Schema migrations, run by `gavel migrate` and at the start of `gavel run`."""
