"""Operations compiled once into Python functions over the schema; graphql-core runs whatever is not compiled."""
