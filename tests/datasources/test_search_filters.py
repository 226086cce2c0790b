"""The text of filters: whatever a value holds, it stays one value of one condition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasources.search.filters import Compared, Every, Missing, OneOf, SearchFilter, Some, Within, is_field, render
from engines.search_server.filter_grammar import parse_filter
from engines.search_server.filter_tree import All, AnyOf, Condition, Filter, Not, WithinRadius

nasty = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="\"'\\[](),=<> \n\u0000*/|éORANDNOTIN", max_size=20),
    st.sampled_from(['" OR status = "draft', "\\", '\\"', "] OR id EXISTS", "x' OR 'a'='a", "*[_type == 1]", "//"]),
)


@given(st.lists(nasty, min_size=1, max_size=4))
def test_no_text_can_leave_its_quotes(values: list[str]) -> None:
    parsed = parse_filter(render(OneOf("city", tuple(values))))
    assert isinstance(parsed, Condition)
    assert (parsed.attribute, parsed.operator, len(parsed.values)) == ("city", "IN", len(values))
    assert parsed.values == tuple(value.replace("\\", "\\\\") for value in values)


@given(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value(whole: int, broken: float) -> None:
    for number in (whole, broken):
        parsed = parse_filter(render(Compared("price", ">=", number)))
        assert isinstance(parsed, Condition)
        assert float(parsed.values[0]) == number


leaves = st.one_of(
    nasty.map(lambda text: OneOf("city", (text,))),
    st.integers(-5, 5).map(lambda number: Compared("price", "<", number)),
    st.just(Missing("price")),
    st.just(Within(1.5, -2.0, 1e-7)),
)
trees: st.SearchStrategy[SearchFilter] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Every(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Some(tuple(parts))),
    ),
    max_leaves=8,
)


def shape(node: SearchFilter) -> object:
    """What a tree must parse to, with groups of one taken out of their group."""
    if isinstance(node, Every | Some):
        parts = [shape(part) for part in node.parts]
        return parts[0] if len(parts) == 1 else (type(node).__name__, parts)
    if isinstance(node, Missing):
        return ("Some", [("not", "EXISTS"), "NULL"])
    return "IN" if isinstance(node, OneOf) else "circle" if isinstance(node, Within) else node.sign


def parsed_shape(node: Filter | None) -> object:
    if isinstance(node, All | AnyOf):
        return ("Every" if isinstance(node, All) else "Some", [parsed_shape(part) for part in node.parts])
    if isinstance(node, Not):
        return ("not", parsed_shape(node.inner))
    if isinstance(node, WithinRadius):
        return "circle"
    assert isinstance(node, Condition)
    return node.operator


@given(trees)
def test_a_tree_is_read_back_with_the_same_shape(tree: SearchFilter) -> None:
    assert parsed_shape(parse_filter(render(tree))) == shape(tree)


@pytest.mark.parametrize("name", ["", "a b", 'a"', "a..b", "1a", "a.", "é", "a=1", "a\n", "a-b"])
def test_what_cannot_be_a_field_is_refused(name: str) -> None:
    assert not is_field(name)
    with pytest.raises(ValueError, match="cannot be a field"):
        render(OneOf(name, ("x",)))
    with pytest.raises(ValueError, match="not a comparison"):
        render(Compared("a", "OR", 1))
    with pytest.raises(ValueError, match="at least one"):
        render(Every(()))
