"""Pure rules of pre-sales (预售, Q09): what a deposit promises, and what becomes of it (docs/decisions/0021-pre-sale.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend import offers, pricing
from backend.orders.rules import MAX_LINES, MAX_QTY, Problem

PresaleState = Literal["awaiting_deposit", "deposit_paid", "settled", "closed", "forfeited", "returned"]
Fault = Literal["merchant", "agreed"]
"""Whose fault it is that staff cancel: the merchant's (the deposit comes back double, 民法典 587) or nobody's."""
NOTE_LENGTH = 100
PREFIX = "P"
"""Before the number of a pre-sale at WeChat, so that it is no order's."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a pre-sale that a member pays a deposit for. `agreed`: they have read what becomes of it; `expected_fen` is the
    deposit that they were shown."""

    offer_id: str
    store_id: UUID | None
    channel: str
    units: tuple[tuple[str, int], ...]
    agreed: bool
    expected_fen: int


@dataclass(frozen=True, slots=True)
class NotOpen:
    """The window has not begun. Nothing was taken."""

    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Over:
    """The window has ended."""

    ended_at: datetime


@dataclass(frozen=True, slots=True)
class SoldOut:
    """Fewer units can be reserved than were asked for."""

    left: int


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A member may reserve so many, and has so many; of one day, where `resets_at` says when it ends (P10)."""

    limit: int
    mine: int
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotForYou:
    """The offer's own conditions do not hold for this member, store or channel."""

    rejection: pricing.Rejection | None


@dataclass(frozen=True, slots=True)
class PresaleNotInState:
    """`order` is the order of the rest that waits for payment, where that is why."""

    state: PresaleState
    order: UUID | None = None


def check_wanted(wanted: Wanted) -> list[Problem]:
    """Faults that can be seen without looking anything up."""
    problems = []
    if not wanted.agreed:
        problems.append(Problem("agreed", "请先阅读并同意定金规则"))
    if not 1 <= len(wanted.units) <= MAX_LINES:
        problems.append(Problem("lines", "请选择要预订的商品"))
    for n, (_, qty) in enumerate(wanted.units):
        if not 1 <= qty <= MAX_QTY:
            problems.append(Problem(f"lines[{n}].qty", f"数量须为 1–{MAX_QTY}"))
    if len({sku for sku, _ in wanted.units}) < len(wanted.units):
        problems.append(Problem("lines", "同一商品请写在一行"))
    return problems


def promise_of(rule: Mapping[str, Any], skus: Sequence[str], windows: offers.presale_rules.Windows) -> dict[str, Any]:
    """The offer as it was bought with a deposit: for these articles, in the window of the rest, whoever the member is by then
    and whatever becomes of the promotion. Uses were counted with the deposit."""
    kept = {key: value for key, value in rule.items() if key not in ("when", "limits", "scope")}
    when = {"from": windows.final_from.isoformat(), "until": windows.final_until.isoformat()}
    return {**kept, "scope": {"skus": sorted(skus)}, "when": when}


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of a deposit: of its fen so much is used, kept and returned; `extra` is paid beside it."""

    used: int = 0
    kept: int = 0
    returned: int = 0
    extra: int = 0


def forfeited(deposit_fen: int, keeps_fen: int) -> Ending:
    """The customer does not pay the rest: what has the effect of a 定金 stays, what is above it comes back (民法典 586, 587)."""
    return Ending(kept=keeps_fen, returned=deposit_fen - keeps_fen)


def given_back(deposit_fen: int, keeps_fen: int, fault: Fault) -> Ending:
    """Staff cancel: all comes back; where it is the merchant's fault, as much again of what has the effect of a 定金."""
    return Ending(returned=deposit_fen, extra=keeps_fen if fault == "merchant" else 0)


def used(deposit_fen: int, payable_fen: int) -> Ending:
    """The rest is paid: the deposit pays up to the price, what is above it comes back."""
    return Ending(used=min(deposit_fen, payable_fen), returned=max(0, deposit_fen - payable_fen))


def present_state(
    stored: str, order_id: UUID | None, pay_by: datetime, closes_at: datetime, at: datetime
) -> PresaleState:
    """What has ended by the clock has ended, whatever the schedule did. While an order of the rest waits, word of its payment
    may still come."""
    match stored:
        case "awaiting_deposit":
            return "closed" if at >= pay_by else "awaiting_deposit"
        case "deposit_paid":
            return "forfeited" if at >= closes_at and order_id is None else "deposit_paid"
        case "settled" | "closed" | "forfeited" | "returned":
            return stored
    raise ValueError(f"unknown state of a pre-sale {stored!r}")


def units_of_presale(row: Mapping[str, Any]) -> dict[str, int]:
    """Units by SKU."""
    return {sku: qty for sku, qty, _ in row["units"]}
