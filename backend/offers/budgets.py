"""Budgets of offers (活动预算, P12): what each may still give, and what orders take of it and bring back.

All of it lies in the ledger (`ledger.budgets`); the row of a budget is the last thing that an order locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from backend import events, ledger
from backend.kit import outbox
from backend.kit.database import Tx
from backend.kit.ids import stable_id


def budget_id(merchant_id: UUID, offer_id: str) -> UUID:
    """The same over all versions of an offer."""
    return stable_id(merchant_id, f"budget:{offer_id}")


async def fund(tx: Tx, merchant_id: UUID, offer_id: str, cap_fen: int, key: str, at: datetime) -> ledger.Short | None:
    """Makes `cap_fen` all that an offer may give, or `Short` with the least cap possible."""
    budget = budget_id(merchant_id, offer_id)
    await tx.execute(
        "INSERT INTO offer_budgets (id, merchant_id, offer_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        budget,
        merchant_id,
        offer_id,
    )
    return await ledger.budgets.fund(tx, merchant_id, budget, cap_fen, key, at)


def order_key(order_id: UUID, offer_id: str) -> str:
    """Names what an order was promised of an offer's budget."""
    return f"order:{order_id}:budget:{offer_id}"


def _ordered(merchant_id: UUID, offer_ids: Iterable[str]) -> list[tuple[str, UUID]]:
    found = {budget_id(merchant_id, offer_id): offer_id for offer_id in offer_ids}
    return [(found[b], b) for b in ledger.budgets.in_lock_order(merchant_id, found)]


async def read(merchant_id: UUID, offer_ids: Iterable[str]) -> dict[str, ledger.budgets.Budget]:
    """The budgets of those offers that have one."""
    names = {budget_id(merchant_id, offer_id): offer_id for offer_id in offer_ids}
    if not names:
        return {}
    return {names[b]: found for b, found in (await ledger.budgets.read(merchant_id, names)).items()}


async def promise(
    tx: Tx, merchant_id: UUID, order_id: UUID, gives: Mapping[str, int], at: datetime, until: datetime
) -> str | None:
    """Sets aside what an order's offers give (offer → fen); the first offer whose budget has less, if any. The caller rolls
    back. Carts are told when an order like this one would no longer get it."""
    for offer_id, budget in _ordered(merchant_id, gives):
        left = await ledger.budgets.promise(
            tx, merchant_id, budget, gives[offer_id], order_key(order_id, offer_id), at, until
        )
        if isinstance(left, ledger.Short):
            return offer_id
        if left < gives[offer_id]:
            await outbox.emit(tx, merchant_id, f"offer:{offer_id}", events.OfferSoldOut(offer_id), at)
    return None


async def give(tx: Tx, merchant_id: UUID, order_id: UUID, number: str, offer_ids: Iterable[str], at: datetime) -> None:
    """The order was paid: what it was promised is given."""
    for offer_id, budget in _ordered(merchant_id, offer_ids):
        key = order_key(order_id, offer_id)
        done = await ledger.budgets.give(tx, merchant_id, budget, key, at, {"order": number, "offer": offer_id})
        assert done, "a promise stands until its order is paid or cancelled"


async def release(tx: Tx, merchant_id: UUID, order_id: UUID, gives: Mapping[str, int], at: datetime) -> None:
    """The order was cancelled: what it was promised (offer → fen) is free again."""
    for offer_id, budget in _ordered(merchant_id, gives):
        await ledger.budgets.release(tx, merchant_id, order_key(order_id, offer_id), at)
        await _tell(tx, merchant_id, offer_id, budget, gives[offer_id], at)


async def _tell(tx: Tx, merchant_id: UUID, offer_id: str, budget: UUID, back: int, at: datetime) -> None:
    """Carts are told when there was too little left for an order like the one that gave `back` fen back."""
    if await ledger.budgets.left(tx, merchant_id, budget) < 2 * back:
        await outbox.emit(tx, merchant_id, f"offer:{offer_id}", events.OfferBack(offer_id), at)


async def bring_back(
    tx: Tx, merchant_id: UUID, order_id: UUID, number: str, batch: int, gave: Mapping[str, int], at: datetime
) -> None:
    """A batch of a refund took discounts back (offer → fen): their budgets have them again."""
    for offer_id, budget in _ordered(merchant_id, gave):
        memo = {"order": number, "batch": batch, "offer": offer_id}
        key = f"budget:{order_id}:{batch}:{offer_id}"
        done = await ledger.budgets.bring_back(tx, merchant_id, budget, gave[offer_id], key, at, memo)
        assert isinstance(done, ledger.Moved), "no more comes back than was given"
        await _tell(tx, merchant_id, offer_id, budget, gave[offer_id], at)
