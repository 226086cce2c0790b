"""Hostile documents by family and size: short to write, long to judge for whoever is not careful."""

from collections.abc import Callable, Mapping
from typing import Final

Bomb = Callable[[int], str]


def _repeat(piece: Callable[[int], str], size: int) -> str:
    """As many numbered pieces as fit into the size."""
    pieces: list[str] = []
    length = 0
    while length < size:
        pieces.append(piece(len(pieces)))
        length += len(pieces[-1])
    return "".join(pieces)


def _ladder(rung: Callable[[int], str], last: str, size: int) -> str:
    rungs: list[str] = []
    length = 0
    while length < size:
        rungs.append(rung(len(rungs)))
        length += len(rungs[-1])
    return "{...f0}" + "".join(rungs) + last.replace("@", str(len(rungs)))


def fragment_ladder(size: int) -> str:
    """Each fragment spreads the next one twice: two to the power of its length if walked."""
    return _ladder(lambda n: f"fragment f{n} on Query{{...f{n + 1} ...f{n + 1}}}", "fragment f@ on Query{hello}", size)


def short_fragment_ladder(size: int) -> str:
    """The same within twenty rungs, so that no count of fragments gives it away; padded to size."""
    rungs = "".join(f"fragment f{n} on Query{{...f{n + 1} ...f{n + 1}}}" for n in range(20))
    return f"{{...f0}}{rungs}fragment f20 on Query{{hello}}".ljust(size)


def alias_ladder(size: int) -> str:
    """Each rung asks for the next one under two names: executed, two to the power of its length."""

    def rung(n: int) -> str:
        return f"fragment f{n} on Listing{{a:similar{{...f{n + 1}}} b:similar{{...f{n + 1}}}}}"

    return "{listings{edges{node{...f0}}}}" + _ladder(rung, "fragment f@ on Listing{title}", size)[7:]


def alias_fan(size: int) -> str:
    """One field under very many names."""
    return "{" + _repeat(lambda n: f"a{n}:hello ", size) + "}"


def repeated_fields(size: int) -> str:
    """One field again and again: merging compares each with each."""
    return "{listings{edges{node{" + _repeat(lambda _: "seller{name} ", size) + "}}}}"


def repeated_in_fragments(size: int) -> str:
    """The same through inline fragments."""
    return "{listings{edges{node{" + _repeat(lambda _: "...{seller{name}} ", size) + "}}}}"


def directive_flood(size: int) -> str:
    """One field under very many directives."""
    return "{hello " + _repeat(lambda _: "@skip(if:false)", size) + "}"


def directives_spread(size: int) -> str:
    """Few directives on each of many fields."""
    return "{" + _repeat(lambda n: f"a{n}:hello@skip(if:false)@include(if:true) ", size) + "}"


def deep_nesting(size: int) -> str:
    """As deep as the size allows."""
    depth = size // 9
    return "{node(id:1)" + "{similar" * depth + "}" * depth + "}"


def deep_inline_fragments(size: int) -> str:
    """Depth without fields."""
    depth = size // 5
    return "{" + "...{" * depth + "hello" + "}" * depth + "}"


def deep_lists(size: int) -> str:
    """Depth in an argument."""
    return "{echo(numbers:" + "[" * (size // 2) + "]" * (size // 2) + ")}"


def unknown_fields(size: int) -> str:
    """Every field is a mistake."""
    return "{" + _repeat(lambda n: f"x{n} ", size) + "}"


def undefined_variables(size: int) -> str:
    """Every argument is a variable that nobody declared."""
    return "{" + _repeat(lambda n: f"a{n}:echo(text:$v{n}) ", size) + "}"


def declared_variables(size: int) -> str:
    """Very many variables, none of them used."""
    return "query(" + _repeat(lambda n: f"$v{n}:Int ", size) + "){hello}"


def many_operations(size: int) -> str:
    """Every operation reaches every fragment."""
    chain = _repeat(lambda n: f"fragment f{n} on Query{{...f{n + 1}}}", size // 2)
    count = chain.count("fragment")
    return chain + f"fragment f{count} on Query{{hello}}" + _repeat(lambda n: f"query q{n}{{...f0}}", size // 2)


def comments(size: int) -> str:
    """Nothing but comments."""
    return "{hello}" + _repeat(lambda _: "#\n", size)


def long_string(size: int) -> str:
    """One token of the whole size."""
    return '{echo(text:"' + "x" * size + '")}'


def introspection_nest(size: int) -> str:
    """The schema's types through their fields through their types."""
    depth = max(1, size // 24)
    return "{__schema{types{" + "fields{type{" * depth + "name" + "}}" * depth + "}}}"


def page_of_pages(size: int) -> str:
    """Cheap to read, dear to run."""
    text = "{listings(first:100){edges{node{similar(first:100){similar(first:100){similar(first:100){title}}}}}}}"
    return text.ljust(size)


def wide_and_valid(size: int) -> str:
    """As much as the limits let through: the dearest document that is not refused for its shape."""
    fields = "id title price seller{id name isMe}"
    part = "...on Listing{" + fields + " similar{" + fields + "}} "
    body = "{" + "".join(f"a{n}:node(id:{n}){{{part * 3}}} " for n in range(19)) + "}"
    return body[:size] if size < len(body) else body


FAMILIES: Final[Mapping[str, Bomb]] = {
    bomb.__name__.replace("_", " "): bomb
    for bomb in (
        fragment_ladder, short_fragment_ladder, alias_ladder, alias_fan, repeated_fields, repeated_in_fragments,
        directive_flood, directives_spread, deep_nesting, deep_inline_fragments, deep_lists, unknown_fields,
        undefined_variables, declared_variables, many_operations, comments, long_string, introspection_nest,
        page_of_pages, wide_and_valid,
    )
}  # fmt: skip
SIZES: Final = (1024, 4096, 16384)
