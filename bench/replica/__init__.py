"""What keeping content and replicating it do to the listing page."""
