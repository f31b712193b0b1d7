"""Pure: which coupons may be used together on the same goods 叠加 (K01).

How many coupons one order may use is the merchant's setting (`max_coupons`); this says which of them may share goods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Stacking:
    """What a template lets itself be used with: with nothing (both empty), with `all` that say the same, or with those `named`
    (id and name of their templates)."""

    all: bool = False
    named: tuple[tuple[UUID, str], ...] = ()

    def __bool__(self) -> bool:
        return self.all or bool(self.named)

    def to_json(self) -> dict[str, Any]:
        return (
            {"all": True} if self.all else {"named": [[str(i), name] for i, name in self.named]} if self.named else {}
        )

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Stacking:
        return Stacking(stored.get("all", False), tuple((UUID(i), name) for i, name in stored.get("named", ())))


ALONE = Stacking()


def may_meet(one: tuple[UUID, Stacking], other: tuple[UUID, Stacking]) -> bool:
    """Whether coupons of two templates may be used on the same goods: never where one stands alone; else where both stack with all, or
    one names the other. It holds both ways."""
    (one_id, its), (other_id, others) = one, other
    if not its or not others:
        return False
    named = other_id in {i for i, _ in its.named} or one_id in {i for i, _ in others.named}
    return named or (its.all and others.all)
