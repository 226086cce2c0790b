"""Event sources: authorise, snapshot, replay from a cursor, live, gap."""
