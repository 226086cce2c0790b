"""A position in the token list, with the refusals and the nesting limit that every rule shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from engines.groq.errors import GroqSyntaxError
from engines.groq.lexer import Token
from engines.groq.nodes import Expression, Group, Ordering, Pair, Range

MAXIMUM_NESTING = 120


class Cursor:
    """Reads tokens from left to right; the rules of the grammar build on it."""

    def __init__(self, tokens: list[Token], parameters: Mapping[str, object] | None, *, is_delta: bool) -> None:
        self._tokens = tokens
        self._index = 0
        self._nesting = 0
        self.token = tokens[0]
        self.parameters = parameters
        self.is_delta = is_delta
        # Parameters that decided how brackets are read: the tree holds for their present values only.
        self.structural_parameters: set[str] = set()
        self.used_parameters: set[str] = set()
        self.is_boost_allowed = False
        self.custom_functions: set[str] = set()
        self.called_functions: set[str] = set()
        self.function_parameter: str | None = None
        # How many scopes lie between here and the body of the custom function around; None outside of one.
        self.function_scopes: int | None = None

    def advance(self) -> Token:
        """The current token, stepping past it."""
        token = self.token
        self._index += 1
        self.token = self._tokens[min(self._index, len(self._tokens) - 1)]
        return token

    def peek(self, distance: int = 1) -> Token:
        """A token further on."""
        return self._tokens[min(self._index + distance, len(self._tokens) - 1)]

    def accept(self, kind: str) -> bool:
        """Whether the current token is of that kind; steps past it if so."""
        if self.token.kind != kind:
            return False
        self.advance()
        return True

    def expect(self, kind: str) -> Token:
        """The current token, which must be of that kind."""
        if self.token.kind != kind:
            self.refuse(f"Expected {kind!r}")
        return self.advance()

    def refuse(self, message: str, *, since: Token | None = None) -> NoReturn:
        """Refuse the query at the current token, or at everything since an earlier one."""
        if since is not None:
            end = max(self._tokens[max(self._index - 1, 0)].end, since.end)
            raise GroqSyntaxError(message, start=since.start, end=end)
        found = "the end of the query" if self.token.kind == "end" else repr(self.token.text)
        raise GroqSyntaxError(f"{message}, found {found}", start=self.token.start, end=self.token.end)

    def descend(self) -> None:
        """One level deeper; too many levels are refused before Python's own stack is at risk."""
        self._nesting += 1
        if self._nesting > MAXIMUM_NESTING:
            raise GroqSyntaxError(
                f"The query is nested deeper than {MAXIMUM_NESTING} levels",
                start=self.token.start,
                end=self.token.end,
            )

    def ascend(self) -> None:
        """Back from a level; a refusal ends the parsing, so that none has to be undone after one."""
        self._nesting -= 1

    def enter_scope(self) -> None:
        """Into a filter, projection or argument that has a current value of its own."""
        self.descend()
        if self.function_scopes is not None:
            self.function_scopes += 1

    def leave_scope(self) -> None:
        """Out of it again."""
        self.ascend()
        if self.function_scopes is not None:
            self.function_scopes -= 1

    def as_value(self, node: Expression, *, since: Token) -> Expression:
        """The node, unless it is a range, pair or ordering, which are no values of their own."""
        bare = node.inner if isinstance(node, Group) else node
        if isinstance(bare, Range):
            self.refuse("A range is only allowed after 'in' and inside square brackets", since=since)
        if isinstance(bare, Pair):
            self.refuse("'=>' is only allowed in select() and inside an object", since=since)
        if isinstance(bare, Ordering):
            self.refuse("'asc' and 'desc' are only allowed in order()", since=since)
        return node
