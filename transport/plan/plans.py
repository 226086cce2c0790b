"""A plan: one operation under one choice of its conditional parts, as functions."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from transport.selections import record_reads, selected_under, tell

from .completions import checked_object
from .declared import Attribute, Declared, read_declaration
from .frames import Frames
from .infos import CoreExecutions
from .inputs import Inputs
from .plain import PlainClasses
from .prototypes import Prototypes
from .runs import Run
from .selected import Complete, SelectedField
from .sources import FunctionSource

_TYPE_NAME: Final = "__typename"
_INTROSPECTION: Final = frozenset({"__schema", "__type"})
Fill = Callable[[Any, Any, Any], dict[str, Any]]


class NotCompiledError(Exception):
    """The operation is left to graphql-core; the message is a short reason, fit for a metric's label."""


class Schema:
    """What plans know of a schema: each field's declaration, read once, and the classes seen so far."""

    def __init__(self, schema: GraphQLSchema, *, hide_suggestions: bool, is_spliced: bool = False) -> None:
        self.schema = schema
        self.is_spliced = is_spliced
        self.hide_suggestions = hide_suggestions
        self.plain = PlainClasses()
        self.prototypes = Prototypes()
        self._declared: dict[tuple[str, str], Declared] = {}

    def declared(self, parent: GraphQLObjectType, name: str) -> Declared:
        """How a field gets its value."""
        found = self._declared.get((parent.name, name))
        if found is None:
            found = self._declared[parent.name, name] = read_declaration(self.schema, parent.fields[name])
        return found


class Plan:
    """The functions of one operation; object types behind interfaces and unions are added when they first occur.

    `flags` holds only the variables that `@skip` and `@include` read, so that a plan keeps no other value of the
    request that it was made for.
    """

    def __init__(
        self, schema: Schema, document: DocumentNode, operation: OperationDefinitionNode, flags: VariableValues
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._flags = flags
        self._fragments = _fragments(document)
        self._objects: dict[tuple[str, SelectedField], Complete] = {}
        root_type = schema.schema.get_root_type(operation.operation)
        if root_type is None:
            raise NotCompiledError("root type")
        groups = collect_fields(
            schema.schema, self._fragments, flags, root_type, operation, schema.hide_suggestions
        ).grouped_field_set
        if any(details[0].node.name.value in _INTROSPECTION for details in groups.values()):
            raise NotCompiledError("introspection")
        self.needed = record_reads(schema.schema).needed(document, operation, selected_under(flags))
        self.is_serial = operation.operation is OperationType.MUTATION
        steps = [{key: details} for key, details in groups.items()] if self.is_serial else [groups]
        self._roots = [self._source(root_type, step, None).compiled() for step in steps]

    async def execute(
        self,
        executions: CoreExecutions,
        inputs: Inputs,
        raw: Mapping[str, object],
        context: object,
        root_value: object = None,
    ) -> ExecutionResult:
        """One execution: fields of a mutation one after the other, of anything else together."""
        tell(context, self.needed)
        schema = self._schema
        run = Run(executions, inputs, raw, context, root_value, schema.plain, is_spliced=schema.is_spliced)
        if self.is_serial:
            await self._execute_in_turn(run)
        else:
            self._start(run, self._roots[0])
            if not run.is_settled:
                await run.drain()
        # An info knows its run: without this only the garbage collector would end them.
        run.infos.clear()
        return run.result()

    async def _execute_in_turn(self, run: Run) -> None:
        data: dict[str, Any] = {}
        for root in self._roots:
            self._start(run, root)
            await run.drain()
            if run.data is None:
                return
            data.update(run.data)
        run.data = data

    @staticmethod
    def _start(run: Run, root: Fill) -> None:
        try:
            run.data = root(run.root_value, None, run)
        except GraphQLError as error:
            run.data = None
            run.add(error, None)

    def _source(
        self, object_type: GraphQLObjectType, groups: Mapping[str, list[FieldDetails]], owner: SelectedField | None
    ) -> FunctionSource:
        source = FunctionSource(self._make_object, self._schema)
        is_shareable = is_lasting = True
        for key, details in groups.items():
            name = details[0].node.name.value
            if name == _TYPE_NAME:
                source.add_type_name(key, object_type.name)
                continue
            definition = object_type.fields.get(name)
            if definition is None:
                continue
            field = SelectedField(
                key=key,
                definition=definition,
                parent_type=object_type,
                details=details,
                owner=owner,
                declared=self._schema.declared(object_type, name),
            )
            source.add(field)
            is_shareable = is_shareable and field.is_shareable
            is_lasting = is_lasting and field.is_lasting
        if owner is not None and object_type is get_named_type(owner.definition.type):
            owner.is_shareable_below, owner.is_lasting_below = is_shareable, is_lasting
            owner.is_framed_below = source.is_framed
        return source

    def _make_object(self, object_type: GraphQLObjectType, field: SelectedField) -> Complete:
        known = self._objects.get((object_type.name, field))
        if known is not None:
            return known
        groups = collect_subfields(
            self._schema.schema,
            self._fragments,
            self._flags,
            self._operation,
            object_type,
            field.details,
            self._schema.hide_suggestions,
        ).grouped_field_set
        source = self._source(object_type, groups, field)
        made = checked_object(object_type, field, source.compiled())
        shown = getattr(object_type.is_type_of, "shown", None)
        is_kept = getattr(object_type.is_type_of, "is_kept", False)
        if shown is not None:
            made = source.compiled(shown=shown, otherwise=made, is_kept=is_kept)
        if object_type is get_named_type(field.definition.type):
            field.write_plain = source.writer(shown)
        # Attributes of records hold records; a resolver may give a page of records that is kept with them.
        may_be_kept = is_kept if shown is not None else not isinstance(field.declared, Attribute)
        if self._schema.is_spliced and may_be_kept and source.is_framed:
            made = Frames(field, made, self._schema.prototypes).complete(shown)
        self._objects[object_type.name, field] = made
        return made


def _fragments(document: DocumentNode) -> dict[str, FragmentDetails]:
    found: dict[str, FragmentDetails] = {}
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            if definition.variable_definitions:
                raise NotCompiledError("fragment variables")
            found[definition.name.value] = FragmentDetails(definition)
    return found
