"""How fast the local search server answers over HTTP, beside a bare tantivy query, with every answer checked."""
