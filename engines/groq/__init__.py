"""The GROQ language: parse a query once, evaluate it over documents or an indexed dataset."""

from engines.groq.dataset import Dataset
from engines.groq.engine import Query, evaluate, explain, parse
from engines.groq.errors import (
    GroqError,
    GroqLimitError,
    GroqParameterError,
    GroqSyntaxError,
    GroqUnsupportedError,
)
from engines.groq.scopes import Limits

__all__ = [
    "Dataset",
    "GroqError",
    "GroqLimitError",
    "GroqParameterError",
    "GroqSyntaxError",
    "GroqUnsupportedError",
    "Limits",
    "Query",
    "evaluate",
    "explain",
    "parse",
]
