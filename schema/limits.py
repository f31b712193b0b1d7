"""What a document may cost, known before it runs: depth, aliases, tokens (strawberry's) and our cost limit.

Cost of a field is 1; a connection or list multiplies what is below it by `first` (or a small default). The sum
is compared with MAX_COST in validation, so that an expensive document never starts.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    VariableNode,
)

MAX_COST = 20_000
MAX_DEPTH = 10
MAX_ALIASES = 30
MAX_TOKENS = 3_000
LISTS = {
    "nodes": 1,
    "lines": 10,
    "offers": 5,
    "rejected": 10,
    "groups": 5,
    "coupons": 5,
    "suggestions": 5,
    "add": 3,
    "stores": 30,
    "points": 10,
    "promotions": 10,
    "refunds": 3,
    "refundRequests": 2,
    "refundable": 10,
    "units": 5,
    "parts": 3,
    "returnedPayments": 1,
}
UNKNOWN_FIRST = 100
"""A page size given by a variable is taken as the largest allowed."""


class CostLimit(ValidationRule):
    """Refuses a document whose cost is above MAX_COST."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments: dict[str, FragmentDefinitionNode] = {
            d.name.value: d for d in context.document.definitions if isinstance(d, FragmentDefinitionNode)
        }

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        cost = self._cost(node.selection_set, frozenset())
        if cost > MAX_COST:
            self.report_error(
                GraphQLError(
                    f"查询太大：代价 {cost}，上限 {MAX_COST}。请减少 first 或分几次查询。",
                    node,
                    extensions={"code": "TOO_EXPENSIVE", "cost": cost, "limit": MAX_COST},
                )
            )

    def _cost(self, selection: SelectionSetNode | None, inside: frozenset[str]) -> int:
        total = 0
        for node in selection.selections if selection else ():
            match node:
                case FieldNode():
                    total += 1 + self._times(node) * self._cost(node.selection_set, inside)
                case InlineFragmentNode():
                    total += self._cost(node.selection_set, inside)
                case FragmentSpreadNode():
                    name = node.name.value
                    if name in self._fragments and name not in inside:  # a cycle is another rule's error
                        total += self._cost(self._fragments[name].selection_set, inside | {name})
            if total > MAX_COST * 1000:
                return total  # no need to count further
        return total

    @staticmethod
    def _times(node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                if isinstance(argument.value, IntValueNode):
                    return max(1, int(argument.value.value))
                if isinstance(argument.value, VariableNode):
                    return UNKNOWN_FIRST
        return LISTS.get(node.name.value, 1)
