"""Which conditions of a filter an index can answer, the best of them first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from engines.groq.compiler.calls import referenced_ids
from engines.groq.compiler.closures import FRAME, THIS
from engines.groq.dataset import Document
from engines.groq.nodes import Binary, Expression, FunctionCall, ThisAttribute, Traversal
from engines.groq.scopes import Run, Scope
from engines.groq.steps import ArrayPostfix, Attribute, Dereference
from engines.groq.values import Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler

# The documents for which the condition is true; None when the index cannot tell.
Find: TypeAlias = Callable[[Scope], list[Document] | None]


@dataclass(frozen=True, slots=True)
class Access:
    """One way to find the documents that satisfy one condition, exactly."""

    rank: int
    name: str
    condition: Expression
    find: Find


def find_accesses(compiler: Compiler, conditions: list[Expression]) -> list[Access]:
    """Every access that the conditions allow, the most selective kinds first."""
    found = [access for condition in conditions for access in _accesses_of(compiler, condition)]
    return sorted(found, key=lambda access: access.rank)


def _accesses_of(compiler: Compiler, node: Expression) -> list[Access]:
    match node:
        case FunctionCall("global", "references"):
            return _by_reference(compiler, node)
        case Binary(first, (("==", second),)):
            return _by_equality(compiler, node, first, second) + _by_equality(compiler, node, second, first)
        case Binary(first, (("in", second),)):
            return _by_membership(compiler, node, first, second)
        case _:
            return []


def _invariant(compiler: Compiler, node: Expression) -> tuple[Run, int] | None:
    """The closure of an expression that does not look at the document, and what else it reads."""
    run, reads = compiler.silently().compile_inner(node)
    return None if reads & THIS else (run, reads)


def _by_reference(compiler: Compiler, node: FunctionCall) -> list[Access]:
    runs: list[Run] = []
    for argument in node.arguments:
        invariant = _invariant(compiler, argument)
        if invariant is None:
            return []
        runs.append(invariant[0])

    def find(scope: Scope) -> list[Document]:
        return scope.context.source.referring_to(referenced_ids(runs, None, scope))

    return [Access(3, "reference", node, find)]


def _by_equality(compiler: Compiler, node: Expression, key: Expression, other: Expression) -> list[Access]:
    path = _path_of(key)
    invariant = None if path is None else _invariant(compiler, other)
    if path is None or invariant is None:
        return []
    run, reads = invariant
    if path == "_id":
        return [Access(0, "_id", node, lambda scope: _with_ids(scope, run(None, scope)))]
    if path == "_type":
        return [Access(6, "_type", node, lambda scope: _of_types(scope, run(None, scope)))]
    by_path = Access(1, f"{path} (if declared)", node, lambda scope: _equal_at(scope, path, run(None, scope)))
    if not reads & ~FRAME or not compiler.loops:
        return [by_path]
    return [by_path, Access(4, "join", node, _join(compiler, key, run, is_membership=False))]


def _by_membership(compiler: Compiler, node: Expression, key: Expression, members: Expression) -> list[Access]:
    path = _path_of(key)
    invariant = _invariant(compiler, members) if path in ("_id", "_type") else None
    if path is not None and invariant is not None:
        run = invariant[0]
        if path == "_id":
            return [Access(2, "_id", node, lambda scope: _with_ids(scope, _texts(run(None, scope))))]
        return [Access(7, "_type", node, lambda scope: _of_types(scope, _texts(run(None, scope))))]
    invariant = _invariant(compiler, key)
    if invariant is None or not invariant[1] & ~FRAME or not compiler.loops or not _is_own_path(members):
        return []
    return [Access(5, "join", node, _join(compiler, members, invariant[0], is_membership=True))]


def _path_of(node: Expression) -> str | None:
    """The dotted name of an attribute of the document, None for anything else."""
    match node:
        case ThisAttribute(name):
            return name
        case Traversal(ThisAttribute(name), steps) if all(isinstance(step, Attribute) for step in steps):
            names = [step.name for step in steps if isinstance(step, Attribute)]
            return None if any("." in part for part in names) else ".".join([name, *names])
        case _:
            return None


def _is_own_path(node: Expression) -> bool:
    return isinstance(node, ThisAttribute) or (
        isinstance(node, Traversal)
        and isinstance(node.base, ThisAttribute)
        and all(isinstance(step, Attribute | ArrayPostfix | Dereference) for step in node.steps)
    )


def _texts(value: Value) -> Value:
    """The members when all of them are strings, else something that no index can answer."""
    return value if type(value) is list and all(type(item) is str for item in value) else None


def _with_ids(scope: Scope, value: Value) -> list[Document] | None:
    if type(value) is str:
        return scope.context.source.with_ids((value,))
    return None if value is None or type(value) is not list else scope.context.source.with_ids(value)


def _of_types(scope: Scope, value: Value) -> list[Document] | None:
    if type(value) is str:
        return scope.context.source.of_types((value,))
    return None if value is None or type(value) is not list else scope.context.source.of_types(value)


def _equal_at(scope: Scope, path: str, value: Value) -> list[Document] | None:
    return scope.context.source.equal_at(path, value) if type(value) is str else None


def _join(compiler: Compiler, key: Expression, other: Run, *, is_membership: bool) -> Find:
    """An index made during the evaluation, from the second look-up on: the first one may be the only one."""
    read = compiler.silently().compile_inner(key).run
    memory_key = compiler.new_memory()

    def find(scope: Scope) -> list[Document] | None:
        value = other(None, scope)
        if type(value) is not str:
            return None
        memory = scope.context.memory
        if memory_key not in memory:
            memory[memory_key] = None
            return None
        if memory[memory_key] is None:
            memory[memory_key] = _index_by(read, scope, is_membership=is_membership)
        found: list[Document] = memory[memory_key].get(value, [])
        return found

    return find


def _index_by(read: Run, scope: Scope, *, is_membership: bool) -> dict[str, list[Document]]:
    documents = scope.context.source.all()
    scope.context.spend(len(documents))
    index: dict[str, list[Document]] = {}
    for document in documents:
        value = read(document, scope)
        for text in dict.fromkeys(_strings(value)) if is_membership else (value,):
            if type(text) is str:
                index.setdefault(text, []).append(document)
    return index


def _strings(value: Value) -> list[str]:
    return [item for item in value if type(item) is str] if type(value) is list else []
