"""Speed of the GROQ engine beside groq-js, on the same documents and in the same run."""
