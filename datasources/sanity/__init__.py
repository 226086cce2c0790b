"""Content from Sanity's HTTP API, asked in GROQ."""
