"""Work that is retried: queue handlers and schedules."""
