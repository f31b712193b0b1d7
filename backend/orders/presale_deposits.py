"""付定金 (Q09): units are taken with a promise, and the deposit is paid or not (docs/decisions/0021-pre-sale.md).

Lock order: idempotency key → pre-sale → member → rule epoch → stock → offer uses → accounts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend import catalog, members, merchants, offers, pricing, promotions
from backend.kit import database, idempotency
from backend.kit.clock import day_start, local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.orders import books, presale_rows
from backend.orders.presale_reading import PresaleInfo, must_get
from backend.orders.presale_rules import (
    PREFIX,
    Ending,
    LimitReached,
    NotForYou,
    NotOpen,
    Over,
    PresaleNotInState,
    SoldOut,
    Wanted,
    check_wanted,
    promise_of,
    units_of_presale,
)
from backend.orders.quoting import Invalid, Priced, quote
from backend.orders.rules import PAY_WITHIN, Problem, Wish, order_number
from backend.orders.service import NotFound, OutOfStock, Refused, WrongAmount, owe_back


async def reserve(
    secret: bytes, merchant_id: UUID, member_id: UUID, wanted: Wanted, key: str, at: datetime
) -> (
    PresaleInfo
    | NotFound
    | NotOpen
    | Over
    | SoldOut
    | LimitReached
    | NotForYou
    | OutOfStock
    | Invalid
    | IdempotencyConflict
):
    """Takes units for a deposit that is to be paid within minutes (付定金)."""
    problems = check_wanted(wanted)
    if problems:
        return Invalid(tuple(problems))
    try:
        async with database.transaction() as tx:
            begun = await idempotency.begin(
                tx, merchant_id, f"consumer:{member_id}", key, "payDeposit", asdict(wanted), at
            )
            if isinstance(begun, IdempotencyConflict):
                return begun
            if isinstance(begun, Replay):
                presale_id = UUID(begun.answer["id"])
            else:
                await members.lock(tx, merchant_id, member_id)
                live = await offers.pinned(tx, merchant_id)
                presale_id, offer = await _write(tx, secret, merchant_id, member_id, wanted, live, at)
                await idempotency.finish(tx, begun, {"type": "Presale", "id": str(presale_id)})
                await _take(tx, merchant_id, member_id, presale_id, offer, at)
    except Refused as refused:
        return refused.refusal  # type: ignore[return-value]
    return await must_get(merchant_id, presale_id, at)


async def _write(
    tx: Tx, secret: bytes, merchant_id: UUID, member_id: UUID, wanted: Wanted, live: offers.LiveRules, at: datetime
) -> tuple[UUID, pricing.Offer]:
    """The row with the promise that the deposit buys; what it needs is taken by `_take`."""
    offer = live.offers.get(wanted.offer_id)
    promotion_id, windows, definition = await _on_sale(merchant_id, wanted.offer_id, offer, live, at)
    assert offer is not None, "what is on sale is live"
    skus, qty = [sku for sku, _ in wanted.units], sum(n for _, n in wanted.units)
    deposit = int(definition["deposit"]) * qty
    problems = [
        Problem(f"lines[{n}].sku", f"{sku} 不在这个预售里")
        for n, sku in enumerate(skus)
        if sku not in definition["scope"]["skus"]
    ]
    if deposit != wanted.expected_fen:
        problems.append(Problem("expectedFen", "定金与页面不符，请刷新后重试"))
    if problems:
        raise Refused(Invalid(tuple(problems)))
    promise = promise_of(offers.rule_of(definition), skus, windows)
    priced = await _as_promised(secret, merchant_id, member_id, wanted, offer, qty, max(at, windows.final_from), live)
    contract = priced.quote.goods
    merchant, presale_id = await merchants.get(merchant_id), new_id()
    prices = {line.sku: line.list // line.qty for line in priced.quote.lines}
    await tx.execute(
        "INSERT INTO presales (id, merchant_id, number, member_id, store_id, promotion_id, offer_id, state, channel, units, qty, promise, deposit_fen,"
        " contract_fen, keeps_fen, placed_at, pay_by, opens_at, closes_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,'awaiting_deposit',$8,$9::jsonb,$10,$11::jsonb,$12,$13,$14,$15,$16,$17,$18)",
        presale_id,
        merchant_id,
        PREFIX + order_number(presale_id, at, merchant.time_zone),
        member_id,
        priced.store.id,
        promotion_id,
        wanted.offer_id,
        wanted.channel.lower(),
        database.dumps([[sku, n, prices[sku]] for sku, n in wanted.units]),
        qty,
        database.dumps(promise),
        deposit,
        contract,
        offers.presale_rules.keeps(deposit, contract),
        at,
        min(at + PAY_WITHIN, windows.deposit_until),
        windows.final_from,
        windows.final_until,
    )
    return presale_id, offer


async def _on_sale(
    merchant_id: UUID, offer_id: str, offer: pricing.Offer | None, live: offers.LiveRules, at: datetime
) -> tuple[UUID, offers.presale_rules.Windows, Mapping[str, Any]]:
    """The promotion of an offer whose deposit may be paid now; raises `Refused` where it may not."""
    named = await offers.names(merchant_id, [offer_id])
    found = await promotions.get(merchant_id, named[offer_id][0], at) if offer_id in named else None
    definition = next((d for d in found.definitions if d["id"] == offer_id), None) if found else None
    if found is None or definition is None or found.state == "DRAFT":
        raise Refused(NotFound())
    windows = offers.presale_rules.windows_of(definition, found.starts_at, found.ends_at)
    if windows is None:
        raise Refused(NotFound())
    if at < windows.deposit_from:
        raise Refused(NotOpen(windows.deposit_from))
    if at >= windows.deposit_until or found.state == "ENDED" or offer is None:
        raise Refused(Over(min(windows.deposit_until, at)))
    return found.id, windows, definition


async def _as_promised(
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID,
    wanted: Wanted,
    offer: pricing.Offer,
    qty: int,
    at: datetime,
    live: offers.LiveRules,
) -> Priced:
    """The price with nothing but this offer when the rest begins: what the contract comes to. Raises `Refused` where the offer
    would not hold for every unit: no deposit is taken for a promise that cannot be kept."""
    alone = within(live, pricing.parse_offer(_unlimited(offer)), only=True)
    wish = Wish(
        wanted.store_id,
        wanted.channel,
        "PICKUP",
        wanted.units,
        coupon_mode="NONE",
        deposits=((offer.id, qty, 0),),
    )
    priced = await quote(secret, merchant_id, member_id, wish, at, alone)
    if isinstance(priced, Invalid):
        raise Refused(priced)
    given = next((o for o in priced.quote.offers if o.id == offer.id), None)
    if given is None or given.uses != qty:
        raise Refused(NotForYou(next((r for r in priced.quote.rejected if r.id == offer.id), None)))
    return priced


def _unlimited(offer: pricing.Offer) -> dict[str, Any]:
    """The rule without its limits, which are taken by their own statement."""
    return {key: value for key, value in json.loads(offer.source).items() if key != "limits"}


def within(live: offers.LiveRules, promise: pricing.Offer, *, only: bool = False) -> offers.LiveRules:
    """The live rules with a promise in place of its offer; nothing else, with `only`."""
    others = {} if only else {k: v for k, v in live.offers.items() if k != promise.id}
    return replace(
        live,
        rules=pricing.compile_rules([*others.values(), promise]),
        offers={**others, promise.id: promise},
        limited=tuple(k for k in live.limited if k in others),
        budgeted=tuple(k for k in live.budgeted if k in others),
    )


async def _take(
    tx: Tx, merchant_id: UUID, member_id: UUID, presale_id: UUID, offer: pricing.Offer, at: datetime
) -> None:
    """Stock, activity stock and the member's allowance, all or none (O4, O5)."""
    row = await presale_rows.locked(tx, merchant_id, presale_id)
    assert row is not None, "just written"
    short = await catalog.reserve(tx, merchant_id, row["store_id"], units_of_presale(row))
    if short is not None:
        raise Refused(OutOfStock(short.sku, short.available))
    limits = offer.limits
    if any(getattr(limits, name) is not None for name in offers.COUNTED):
        gone = await offers.take(tx, merchant_id, member_id, {offer.id: (row["qty"], limits)}, at)
        if gone is not None:
            use = await offers.usage(merchant_id, member_id, [offer.id], at)
            mine, today = use.mine.get(offer.id, 0), use.today.get(offer.id, 0)
            if limits.per_customer is not None and mine + row["qty"] > limits.per_customer:
                raise Refused(LimitReached(limits.per_customer, mine))
            left = use.left.get(offer.id)
            if (
                limits.per_day is not None
                and today + row["qty"] > limits.per_day
                and (left is None or left >= row["qty"])
            ):
                tz = (await merchants.get(merchant_id)).time_zone
                resets = day_start(local_day(at, tz) + timedelta(days=1), tz)
                raise Refused(LimitReached(limits.per_day, today, resets))
            raise Refused(SoldOut(max(0, left or 0)))
    await presale_rows.moved(tx, row, "awaiting_deposit", at)


async def paid(
    merchant_id: UUID, number: str, payment_id: str, paid_fen: int, at: datetime, made_at: datetime | None = None
) -> PresaleInfo | NotFound | PresaleNotInState | WrongAmount:
    """A deposit was paid. However often it is told, it pays once (O6); money that came too late, twice or in another amount
    goes back."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT * FROM presales WHERE merchant_id = $1 AND number = $2 FOR UPDATE", merchant_id, number
        )
        if row is None:
            return NotFound()
        if row["payment_id"] != payment_id:
            if row["state"] == "awaiting_deposit" and (made_at or at) >= row["pay_by"]:
                await presale_rows.end(tx, row, "closed", Ending(), "system", "unpaid", "", at)
                row = {**row, "state": "closed"}
            if row["state"] != "awaiting_deposit":
                await owe_back(tx, row, payment_id, paid_fen, at, presale=True)
                return PresaleNotInState(row["state"])
            if paid_fen != row["deposit_fen"]:
                await owe_back(tx, row, payment_id, paid_fen, at, presale=True)
                return WrongAmount(row["deposit_fen"], paid_fen)
            await tx.execute(
                "UPDATE presales SET state = 'deposit_paid', payment_id = $3, paid_at = $4 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                row["id"],
                payment_id,
                at,
            )
            await books.book_deposit(tx, row, at)
            await presale_rows.moved(tx, row, "deposit_paid", at)
    return await must_get(merchant_id, row["id"], at)
