"""What resolvers are told of their field, made only when they look."""

from typing import Any

from graphql import DocumentNode, GraphQLResolveInfo, GraphQLSchema
from graphql.execution import Executor as CoreExecution
from graphql.pyutils import Path as CorePath

from .selected import Path, SelectedField


class CoreExecutions:
    """Makes graphql-core executors for one document and schema."""

    __slots__ = ("_document", "_executor_class", "_hide_suggestions", "_name", "_schema")

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        name: str | None,
        *,
        executor_class: type[CoreExecution[Any]],
        hide_suggestions: bool,
    ) -> None:
        self._schema = schema
        self._document = document
        self._name = name
        self._executor_class = executor_class
        self._hide_suggestions = hide_suggestions

    def build(self, *, context: Any, variables: dict[str, Any], root_value: Any) -> CoreExecution[Any]:
        """An executor; the variables have been coerced once before, so this cannot fail."""
        made = self._executor_class.build(
            self._schema,
            self._document,
            root_value,
            context,
            variables,
            self._name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(made, list):
            raise made[0]
        return made


class LateInfo:
    """Looks like graphql-core's `GraphQLResolveInfo` of one field and becomes it when it is looked at."""

    __slots__ = ("_field", "_made", "_path", "_run")

    def __init__(self, run: Any, field: SelectedField, path: Path) -> None:
        self._run = run
        self._field = field
        self._path = path
        self._made: GraphQLResolveInfo[Any] | None = None

    def made(self) -> GraphQLResolveInfo[Any]:
        """The full record."""
        if self._made is None:
            field = self._field
            self._made = self._run.core.build_resolve_info(
                field.definition, field.nodes, field.parent_type, core_path(self._path)
            )
        return self._made

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made(), name)


def core_path(path: Any) -> Any:
    """A path as graphql-core's record."""
    return None if path is None else CorePath(core_path(path[0]), path[1], path[2])


def field_path(path: Path) -> Path:
    """The field's own path, for the path of an item of its list."""
    at: Any = path
    while isinstance(at[1], int):
        at = at[0]
    found: Path = at
    return found
