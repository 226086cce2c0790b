"""A content store that speaks Sanity's HTTP API over the GROQ engine."""
