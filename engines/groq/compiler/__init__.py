"""The compiler: a syntax tree to closures, once per query."""
