"""The whole marketplace on one machine: an engine for every system without a URL, then content, index and worker."""
