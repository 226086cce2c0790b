"""The public face of the language: parse once, evaluate as often as needed."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from threading import Lock

from engines.groq.compiler.program import compile_program
from engines.groq.dataset import Dataset, Document, DocumentList, Source
from engines.groq.errors import GroqLimitError, GroqParameterError, GroqSyntaxError
from engines.groq.grammar.expressions import parse_source
from engines.groq.nodes import Program
from engines.groq.output import to_json
from engines.groq.scopes import Context, Limits, Run, Scope
from engines.groq.values import DateTime, Value

_VARIANTS_KEPT = 32
LONGEST_QUERY = 1_000_000


class Query:
    """A parsed and compiled query; immutable to its users, reusable, safe to share between threads."""

    __slots__ = (
        "_is_delta",
        "_lock",
        "_parameters",
        "_plan",
        "_run",
        "_structural",
        "_used",
        "_variants",
        "program",
        "source",
    )

    def __init__(self, source: str, parameters: Mapping[str, Value] | None, *, is_delta: bool) -> None:
        self.source = source
        self._is_delta = is_delta
        self._parameters = parameters
        self.program: Program
        self.program, self._used, self._structural = parse_source(source, parameters, is_delta=is_delta)
        self._run: Run
        self._run, self._plan = compile_program(self.program)
        self._variants: OrderedDict[str, Query] = OrderedDict()
        self._lock = Lock()

    @property
    def plan(self) -> str:
        """How the query finds its documents, one line per access."""
        return "\n".join(self._plan)

    @property
    def parameters(self) -> Mapping[str, Value]:
        """The parameters it was parsed with."""
        return self._parameters or {}

    @property
    def is_delta(self) -> bool:
        """Whether it was parsed for delta mode."""
        return self._is_delta

    def run_with(self, parameters: Mapping[str, Value]) -> Run:
        """What to run for these parameters.

        Only a parameter inside square brackets can change what the query means (`[$i]` is an element, an attribute
        or a filter, depending on its value); such variants are compiled once and kept.
        """
        for name in sorted(self._used - parameters.keys()):
            raise GroqParameterError(f"Parameter ${name} is used but was not given")
        if not self._structural or all(
            self._parameters is not None
            and name in self._parameters
            and _same(self._parameters[name], parameters[name])
            for name in self._structural
        ):
            return self._run
        chosen = {name: parameters[name] for name in sorted(self._structural)}
        key = json.dumps(chosen, sort_keys=True)
        with self._lock:
            variant = self._variants.get(key)
            if variant is None:
                variant = Query(self.source, dict(parameters), is_delta=self._is_delta)
                self._variants[key] = variant
                if len(self._variants) > _VARIANTS_KEPT:
                    self._variants.popitem(last=False)
            else:
                self._variants.move_to_end(key)
        return variant._run


def _same(left: Value, right: Value) -> bool:
    return type(left) is type(right) and left == right


def parse(source: str, params: Mapping[str, Value] | None = None, *, mode: str = "normal") -> Query:
    """Read and compile a query.

    Args:
        source: The query text.
        params: The parameters, by name without `$`. Given, a parameter that is not among them is refused here;
            not given, it is missed at evaluation.
        mode: "normal", or "delta" for filters and projections of webhooks, where before() and after() exist.

    Raises:
        GroqSyntaxError: The text is not a valid query, or too long or too deep to be one; carries `message`, `start`
            and `end`.
        GroqUnsupportedError: The query calls a function that only the hosted product can answer.
    """
    if mode not in ("normal", "delta"):
        raise ValueError('mode is "normal" or "delta"')
    if len(source) > LONGEST_QUERY:
        raise GroqSyntaxError(f"The query is longer than {LONGEST_QUERY:,} characters", start=0, end=len(source))
    try:
        return Query(source, params, is_delta=mode == "delta")
    except GroqLimitError as limit:
        raise GroqSyntaxError(str(limit), start=0, end=len(source)) from None
    except RecursionError:
        raise GroqSyntaxError("The query is nested too deeply", start=0, end=len(source)) from None


def evaluate(  # noqa: PLR0913 - every input of the language, each by its name
    query: Query,
    documents: Iterable[Document] | Dataset,
    params: Mapping[str, Value] | None = None,
    *,
    root: Value = None,
    now: datetime | None = None,
    identity: str = "me",
    before: Value = None,
    after: Value = None,
    project_id: str | None = None,
    dataset_name: str | None = None,
    user_attributes: Value = None,
    limits: Limits | None = None,
) -> Value:
    """Answer a query.

    Args:
        query: What parse() gave.
        documents: What `*` stands for; a list keeps its order, a Dataset brings indexes.
        params: The parameters; those given to parse() when left out.
        root: The value of `@` outside of any scope.
        now: The time for now(), aware; the current time when left out, taken once.
        identity: The answer of identity().
        before: The document before the change (delta mode), null for a creation.
        after: The document after the change (delta mode), null for a deletion.
        project_id: The answer of sanity::projectId().
        dataset_name: The answer of sanity::dataset().
        user_attributes: The answer of user::attributes().
        limits: Bounds on time and output.

    Returns:
        JSON. It shares parts with the documents: read it, do not change it.

    Raises:
        GroqLimitError: The evaluation needed more than its limits.
        GroqParameterError: A parameter was not given.
    """
    parameters = params if params is not None else query.parameters
    source: Source = documents if isinstance(documents, Dataset) else DocumentList(list(documents))
    limits = limits or Limits()
    context = Context(
        source=source,
        parameters=parameters,
        now=DateTime.of(now or datetime.now(UTC)),
        identity=identity,
        project_id=project_id,
        dataset_name=dataset_name,
        before=before,
        after=after,
        user_attributes=user_attributes,
        limits=limits,
    )
    try:
        run = query.run_with(parameters)
        return to_json(run(root, Scope(None, None, context, None)), limits)
    except RecursionError:
        raise GroqLimitError("The query is nested too deeply for the stack it was evaluated on") from None


def explain(query: Query | str, params: Mapping[str, Value] | None = None) -> str:
    """How a query finds its documents: one line per access to the dataset."""
    parsed = parse(query, params) if isinstance(query, str) else query
    return parsed.plan or "no access to the dataset"
