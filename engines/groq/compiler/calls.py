"""Closures for calls of built-in functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from engines.groq.compiler.closures import THIS, Compiled
from engines.groq.compiler.selecting import compile_changed
from engines.groq.compiler.stages import dereference
from engines.groq.errors import GroqUnsupportedError
from engines.groq.functions import BUILDERS, EAGER
from engines.groq.functions.geo import GEO_FUNCTIONS
from engines.groq.functions.releases import is_part_of_release, is_version_of
from engines.groq.nodes import FunctionCall
from engines.groq.references import has_reference
from engines.groq.scopes import Run, Scope
from engines.groq.values import Value

if TYPE_CHECKING:
    from engines.groq.compiler.program import Compiler

Runs: TypeAlias = list[Run]

# A look at a polygon costs as much as this many look-ups of an attribute, give or take.
_GEO_STEPS = 200


def compile_call(compiler: Compiler, node: FunctionCall) -> Compiled:
    """The closure of a call whose name and number of arguments the grammar has checked."""
    name = f"{node.namespace}::{node.name}"
    if node.selector is not None:
        return compile_changed(compiler, node.arguments, node.selector, is_only=node.name == "changedOnly")
    arguments = [compiler.compile(argument) for argument in node.arguments]
    runs = [argument.run for argument in arguments]
    reads = 0
    for argument in arguments:
        reads |= argument.reads
    if name in EAGER:
        run = _apply(EAGER[name], runs)
        if name in BUILDERS:
            return Compiled(lambda this, scope: scope.context.grow_by(run(this, scope)), reads)
        return Compiled(_costly(run) if name in GEO_FUNCTIONS else run, reads)
    if name in _OF_THIS:
        return Compiled(_OF_THIS[name](runs), reads | THIS)
    if name in _OF_CONTEXT:
        return Compiled(_OF_CONTEXT[name](runs), reads)
    raise GroqUnsupportedError(f"{name}() needs a service that this engine does not have")


def _costly(run: Run) -> Run:
    def costly(this: Value, scope: Scope) -> Value:
        scope.context.spend(_GEO_STEPS)
        return run(this, scope)

    return costly


def _apply(function: Callable[..., Value], runs: Runs) -> Run:
    if len(runs) == 1:
        first = runs[0]
        return lambda this, scope: function(first(this, scope))
    if len(runs) == 2:
        left, right = runs
        return lambda this, scope: function(left(this, scope), right(this, scope))
    return lambda this, scope: function(*[run(this, scope) for run in runs])


def _coalesce(runs: Runs) -> Run:
    def run(this: Value, scope: Scope) -> Value:
        for candidate in runs:
            value = candidate(this, scope)
            if value is not None:
                return value
        return None

    return run


def _references(runs: Runs) -> Run:
    def run(this: Value, scope: Scope) -> Value:
        ids = referenced_ids(runs, this, scope)
        return bool(ids) and has_reference(this, ids)

    return run


def referenced_ids(runs: Runs, this: Value, scope: Scope) -> set[str]:
    """The ids that the arguments of references() name."""
    ids: set[str] = set()
    for argument in runs:
        value = argument(this, scope)
        if type(value) is str:
            ids.add(value)
        elif type(value) is list:
            ids.update(item for item in value if type(item) is str)
    return ids


def _operation(_runs: Runs) -> Run:
    def run(_this: Value, scope: Scope) -> Value:
        context = scope.context
        if context.before is None:
            return None if context.after is None else "create"
        return "delete" if context.after is None else "update"

    return run


def _releases(_runs: Runs) -> Run:
    def run(_this: Value, scope: Scope) -> Value:
        documents = scope.context.source.of_types(("system.release",))
        if documents is not None:
            return documents
        everything = scope.context.source.all()
        return [item for item in everything if type(item) is dict and item.get("_type") == "system.release"]

    return run


_CHANGES = frozenset(["diff::changedAny", "diff::changedOnly", "delta::changedAny", "delta::changedOnly"])
_OF_THIS: dict[str, Callable[[Runs], Run]] = {
    "global::references": _references,
    "sanity::versionOf": lambda runs: lambda this, scope: is_version_of(this, runs[0](this, scope)),
    "sanity::partOfRelease": lambda runs: lambda this, scope: is_part_of_release(this, runs[0](this, scope)),
}
_OF_CONTEXT: dict[str, Callable[[Runs], Run]] = {
    "global::coalesce": _coalesce,
    "global::before": lambda _runs: lambda _this, scope: scope.context.before,
    "global::after": lambda _runs: lambda _this, scope: scope.context.after,
    "global::operation": _operation,
    "delta::operation": _operation,
    "global::identity": lambda _runs: lambda _this, scope: scope.context.identity,
    "global::now": lambda _runs: lambda _this, scope: scope.context.now.with_milliseconds(),
    "dateTime::now": lambda _runs: lambda _this, scope: scope.context.now,
    "releases::all": _releases,
    "sanity::projectId": lambda _runs: lambda _this, scope: scope.context.project_id,
    "sanity::dataset": lambda _runs: lambda _this, scope: scope.context.dataset_name,
    "user::attributes": lambda _runs: lambda _this, scope: scope.context.user_attributes,
    "documents::get": lambda runs: lambda this, scope: dereference(runs[0](this, scope), this, scope),
}

# Every function that this engine can answer; select() has a node of its own.
KNOWN = frozenset([*EAGER, *_CHANGES, *_OF_THIS, *_OF_CONTEXT])
