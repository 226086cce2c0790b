"""The listing index behind the Meilisearch HTTP API."""
