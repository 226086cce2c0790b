"""What it costs to fetch selected fields beside whole records."""
