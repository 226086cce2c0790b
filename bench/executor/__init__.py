"""What executing an operation costs by itself: compiled plans beside graphql-core, over one schema, without I/O."""
