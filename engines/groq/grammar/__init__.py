"""The grammar: tokens to a checked syntax tree."""
