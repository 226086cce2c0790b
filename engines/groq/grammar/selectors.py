"""Selectors: the small language of key paths inside diff:: and delta:: functions."""

from __future__ import annotations

from engines.groq.grammar.traversals import TraversalGrammar
from engines.groq.steps import (
    ArrayPostfix,
    Attribute,
    Filter,
    Selector,
    SelectorAnywhere,
    SelectorAttribute,
    SelectorItems,
    SelectorNested,
    SelectorTuple,
)


class SelectorGrammar(TraversalGrammar):
    """Rules for selectors."""

    def parse_selector(self) -> Selector:
        """One selector, up to the comma or parenthesis that ends it."""
        self.descend()
        selector = self._parse_first()
        while self.token.kind in (".", "["):
            selector = self._parse_next(selector)
        self.ascend()
        if self.token.kind not in (",", ")"):
            self.refuse("This is not a selector")
        return selector

    def _parse_first(self) -> Selector:
        if self.token.kind == "(":
            return self._parse_tuple()
        name = self.expect("name").text
        if self.token.kind != "(":
            return SelectorAttribute(None, name)
        if name != "anywhere":
            self.refuse("The only function in a selector is anywhere()")
        opening = self.advance()
        self.enter_scope()
        condition = self.as_value(self.parse_expression(), since=opening)
        self.leave_scope()
        self.expect(")")
        return SelectorAnywhere(condition)

    def _parse_tuple(self) -> Selector:
        self.expect("(")
        members = [self.parse_selector()]
        while self.accept(","):
            members.append(self.parse_selector())
        self.expect(")")
        return members[0] if len(members) == 1 else SelectorTuple(tuple(members))

    def _parse_next(self, base: Selector) -> Selector:
        opening = self.advance()
        if opening.kind == ".":
            if self.token.kind == "(":
                return SelectorNested(base, self._parse_tuple())
            return SelectorAttribute(base, self.expect("name").text)
        step = self.parse_bracket(opening)
        if isinstance(step, ArrayPostfix):
            return SelectorItems(base, None)
        if isinstance(step, Attribute):
            return SelectorAttribute(base, step.name)
        if not isinstance(step, Filter):
            self.refuse("A selector cannot pick single elements or slices", since=opening)
        return SelectorItems(base, step.condition)
