"""预售 (Q09): pay a deposit → pay the rest in its window, or lose it (docs/decisions/0021-pre-sale.md).

The deposit takes stock, activity stock and the member's allowance at once. The rest is priced anew when it is paid, with the
promise that the deposit bought, and is an order like any other from then on. Nothing waits for a schedule: what has ended by
the clock is refused, whoever was first.

Lock order: idempotency key → order → pre-sale → member → rule epoch → then as in orders.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend import catalog, members, merchants, offers, pricing, promotions
from backend.connectors.pay import PayUnavailable, WeChatPay
from backend.kit import crypto, database, idempotency
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.orders import books, presale_rows, service
from backend.orders.presale_reading import PresaleInfo, get, info_of, of_member, overdue, search
from backend.orders.presale_rules import (
    NOTE_LENGTH,
    PREFIX,
    Ending,
    Fault,
    PresaleState,
    Wanted,
    check_wanted,
    forfeited,
    given_back,
    present_state,
    promise_of,
    units_of_presale,
    used,
)
from backend.orders.quoting import Invalid, Priced, quote
from backend.orders.reading import OrderInfo
from backend.orders.rules import PAY_WITHIN, Problem, Wish, order_number, wish_hash
from backend.orders.service import (
    NotFound,
    OutOfStock,
    PriceChanged,
    Refused,
    Source,
    TakenMeanwhile,
    WrongAmount,
    give_up,
    owe_back,
    take,
    write,
)


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
    """A member may reserve so many, and has so many."""

    limit: int
    mine: int


@dataclass(frozen=True, slots=True)
class NotForYou:
    """The offer's own conditions do not hold for this member, store or channel."""

    rejection: pricing.Rejection | None


@dataclass(frozen=True, slots=True)
class PresaleNotInState:
    """`order` is the order of the rest that waits for payment, where that is why."""

    state: PresaleState
    order: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """The price of the rest now: of the deposit so much pays (`used_fen`), and so much is above the price (`back_fen`)."""

    priced: Priced
    presale: PresaleInfo
    used_fen: int
    back_fen: int

    @property
    def due_fen(self) -> int:
        return self.priced.quote.due - self.used_fen


class _Moved(Exception):
    """The order of a pre-sale's rest was another by the time that both were locked."""


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
    return await _must_get(merchant_id, presale_id, at)


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
    alone = _within(live, pricing.parse_offer(_unlimited(offer)), only=True)
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


def _within(live: offers.LiveRules, promise: pricing.Offer, *, only: bool = False) -> offers.LiveRules:
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
    if limits.stock is not None or limits.per_customer is not None:
        gone = await offers.take(tx, merchant_id, member_id, {offer.id: (row["qty"], limits.per_customer)}, at)
        if gone is not None:
            left, mine = await offers.usage(merchant_id, member_id, [offer.id])
            if limits.per_customer is not None and mine.get(offer.id, 0) + row["qty"] > limits.per_customer:
                raise Refused(LimitReached(limits.per_customer, mine.get(offer.id, 0)))
            raise Refused(SoldOut(max(0, left.get(offer.id, 0))))
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
    return await _must_get(merchant_id, row["id"], at)


async def quote_rest(
    secret: bytes, merchant_id: UUID, member_id: UUID, presale_id: UUID, choices: Wish, at: datetime
) -> Rest | NotFound | PresaleNotInState | NotOpen | Over | Invalid:
    """The price of the rest now (尾款试算). `choices` are delivery, coupons, tenders, add-ons and gifts; goods and store are
    the pre-sale's. Writes nothing."""
    row = await database.fetchrow(
        "SELECT * FROM presales WHERE merchant_id = $1 AND id = $2 AND member_id = $3",
        merchant_id,
        presale_id,
        member_id,
    )
    barred = _barred(row, at)
    if barred is not None or row is None:
        return barred or NotFound()
    live = await offers.live(merchant_id)
    return await _rest(secret, row, choices, live, at)


def _barred(row: Mapping[str, Any] | None, at: datetime) -> NotFound | PresaleNotInState | NotOpen | Over | None:
    """Why the rest cannot be paid now."""
    if row is None:
        return NotFound()
    state = present_state(row["state"], row["order_id"], row["pay_by"], row["closes_at"], at)
    if row["state"] == "deposit_paid" and at >= row["closes_at"]:
        return Over(row["closes_at"])
    if state != "deposit_paid":
        return PresaleNotInState(state)
    if row["order_id"] is not None:
        return PresaleNotInState(state, row["order_id"])
    return NotOpen(row["opens_at"]) if at < row["opens_at"] else None


async def _rest(
    secret: bytes, row: Mapping[str, Any], choices: Wish, live: offers.LiveRules, at: datetime
) -> Rest | Invalid:
    promise, deposit = pricing.parse_offer(row["promise"]), row["deposit_fen"]
    wish = _wish(row, choices)
    priced = await quote(secret, row["merchant_id"], row["member_id"], wish, at, _within(live, promise))
    if isinstance(priced, Invalid):
        return priced
    ending = used(deposit, priced.quote.payable)
    assert priced.quote.due >= ending.used, "tenders leave to the deposit what it paid"
    return Rest(priced, info_of(row, at), ending.used, ending.returned)


def _wish(row: Mapping[str, Any], choices: Wish) -> Wish:
    return replace(
        choices,
        store_id=row["store_id"],
        lines=tuple((sku, qty) for sku, qty, _ in row["units"]),
        suggest=False,
        presale=row["id"],
        deposits=((row["offer_id"], row["qty"], row["deposit_fen"]),),
    )


async def place_rest(
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID,
    presale_id: UUID,
    choices: Wish,
    quote_token: str,
    key: str,
    at: datetime,
) -> (
    OrderInfo
    | PriceChanged
    | OutOfStock
    | NotFound
    | PresaleNotInState
    | NotOpen
    | Over
    | Invalid
    | IdempotencyConflict
):
    """The rest becomes an order that waits for its payment until minutes from now, at most until the window ends."""
    text = crypto.verified(secret, "quote-token", quote_token)
    seen = text.split(":") if text else []
    if len(seen) != 4:
        return Invalid((Problem("quoteToken", "报价与页面不符，请刷新后再付尾款"),))
    try:
        async with database.transaction() as tx:
            actor, given = f"consumer:{member_id}", [str(presale_id), wish_hash(choices, member_id), quote_token]
            begun = await idempotency.begin(tx, merchant_id, actor, key, "placePresaleOrder", given, at)
            if isinstance(begun, IdempotencyConflict):
                return begun
            if isinstance(begun, Replay):
                order_id = UUID(begun.answer["id"])
            else:
                row = await tx.fetchrow(
                    "SELECT * FROM presales WHERE merchant_id = $1 AND id = $2 AND member_id = $3 FOR UPDATE",
                    merchant_id,
                    presale_id,
                    member_id,
                )
                barred = _barred(row, at)
                if barred is not None or row is None:
                    raise Refused(barred or NotFound())
                if seen[3] != wish_hash(_wish(row, choices), member_id):
                    raise Refused(Invalid((Problem("quoteToken", "报价与页面不符，请刷新后再付尾款"),)))
                await members.lock(tx, merchant_id, member_id)
                rest = await _rest(secret, row, choices, await offers.pinned(tx, merchant_id), at)
                if isinstance(rest, Invalid):
                    raise Refused(rest)
                if rest.priced.mark() != ":".join(seen[:3]):
                    raise Refused(PriceChanged(int(seen[0]), rest.priced))
                order_id = await _ordered(tx, row, rest, at)
                await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
                await take(tx, merchant_id, member_id, order_id, rest.priced, at, _source_of(row, rest, at))
    except Refused as refused:
        return refused.refusal  # type: ignore[return-value]
    except TakenMeanwhile:
        return await _changed(secret, merchant_id, member_id, presale_id, choices, int(seen[0]), at)
    return await service.placed(merchant_id, order_id, at)


def _source_of(row: Mapping[str, Any], rest: Rest, at: datetime) -> Source:
    held_for: timedelta = min(PAY_WITHIN, row["closes_at"] - at)
    return Source(held_for=held_for, presale_id=row["id"], deposit_fen=rest.used_fen, held=units_of_presale(row))


async def _ordered(tx: Tx, row: Mapping[str, Any], rest: Rest, at: datetime) -> UUID:
    order_id = await write(tx, row["merchant_id"], row["member_id"], rest.priced, at, _source_of(row, rest, at))
    await tx.execute(
        "UPDATE presales SET order_id = $3 WHERE merchant_id = $1 AND id = $2", row["merchant_id"], row["id"], order_id
    )
    return order_id


async def _changed(
    secret: bytes, merchant_id: UUID, member_id: UUID, presale_id: UUID, choices: Wish, seen_fen: int, at: datetime
) -> PriceChanged | NotFound | PresaleNotInState | NotOpen | Over | Invalid:
    """Somebody was faster: the price as it is now, with what is left of what they had chosen."""
    now = await quote_rest(
        secret, merchant_id, member_id, presale_id, replace(choices, coupon_mode="AUTO", coupon_ids=()), at
    )
    return PriceChanged(seen_fen, now.priced) if isinstance(now, Rest) else now


async def cancel(
    merchant_id: UUID, member_id: UUID, presale_id: UUID, kept_fen: int, key: str, at: datetime
) -> PresaleInfo | NotFound | PresaleNotInState | Invalid | IdempotencyConflict:
    """The customer no longer wants it: before the deposit is paid nothing is lost, afterwards the deposit is kept; `kept_fen`
    is what they were told that they lose."""
    return await _ended(merchant_id, presale_id, f"consumer:{member_id}", key, "cancelPresale", kept_fen, at, member_id)


async def give_back(
    merchant_id: UUID,
    presale_id: UUID,
    fault: Fault,
    note: str,
    key: str,
    actor: str,
    at: datetime,
    store_ids: Sequence[UUID] = (),
) -> PresaleInfo | NotFound | PresaleNotInState | Invalid | IdempotencyConflict:
    """Staff cancel before the rest is paid: the deposit comes back, double where it is the merchant's fault."""
    if not 1 <= len(note.strip()) <= NOTE_LENGTH:
        return Invalid((Problem("note", f"请写明原因（1–{NOTE_LENGTH} 个字），顾客会看到"),))
    return await _ended(
        merchant_id, presale_id, actor, key, "returnDeposit", [fault, note.strip()], at, None, store_ids, fault
    )


async def _ended(
    merchant_id: UUID,
    presale_id: UUID,
    actor: str,
    key: str,
    command: str,
    given: Any,
    at: datetime,
    member_id: UUID | None,
    store_ids: Sequence[UUID] = (),
    fault: Fault | None = None,
) -> PresaleInfo | NotFound | PresaleNotInState | Invalid | IdempotencyConflict:
    """By the customer, or by staff with whose fault it is."""
    for _ in range(3):
        try:
            async with database.transaction() as tx:
                begun = await idempotency.begin(tx, merchant_id, actor, key, command, [str(presale_id), given], at)
                if isinstance(begun, IdempotencyConflict):
                    return begun
                if not isinstance(begun, Replay):
                    row = await _with_order(tx, merchant_id, presale_id, member_id, store_ids, at)
                    state = present_state(row["state"], row["order_id"], row["pay_by"], row["closes_at"], at)
                    if state not in ("awaiting_deposit", "deposit_paid"):
                        raise Refused(PresaleNotInState(state))
                    await _stop(tx, row, fault, given, actor, at)
                    await idempotency.finish(tx, begun, {"type": "Presale", "id": str(presale_id)})
            return await _must_get(merchant_id, presale_id, at)
        except Refused as refused:
            return refused.refusal  # type: ignore[return-value]
        except _Moved:
            continue
    return PresaleNotInState("deposit_paid")


async def _with_order(
    tx: Tx, merchant_id: UUID, presale_id: UUID, member_id: UUID | None, store_ids: Sequence[UUID], at: datetime
) -> dict[str, Any]:
    """The pre-sale, locked, with no order of its rest that waits: one that does is given up first. The order is locked before
    it, as everywhere."""
    order_id = await tx.fetchval(
        "SELECT order_id FROM presales WHERE merchant_id = $1 AND id = $2", merchant_id, presale_id
    )
    order = None
    if order_id is not None:
        order = await tx.fetchrow(
            "SELECT * FROM orders WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, order_id
        )
    row = await presale_rows.locked(tx, merchant_id, presale_id)
    seen = row is not None and (member_id is None or row["member_id"] == member_id)
    if row is None or not seen or (store_ids and row["store_id"] not in store_ids):
        raise Refused(NotFound())
    if row["order_id"] != order_id:
        raise _Moved
    if order is not None and order["state"] == "awaiting_payment":
        await give_up(tx, order, at)
        return {**row, "order_id": None}
    return row


async def _stop(tx: Tx, row: Mapping[str, Any], fault: Fault | None, given: Any, actor: str, at: datetime) -> None:
    if row["state"] == "awaiting_deposit":
        await presale_rows.end(tx, row, "closed", Ending(), actor, fault or "customer", "", at)
    elif fault is None:
        if given != row["keeps_fen"]:
            raise Refused(Invalid((Problem("keptFen", "定金的处理与页面不符，请刷新后重试"),)))
        ending = forfeited(row["deposit_fen"], row["keeps_fen"])
        await presale_rows.end(tx, row, "forfeited", ending, actor, "customer", "", at)
    else:
        ending = given_back(row["deposit_fen"], row["keeps_fen"], fault)
        await presale_rows.end(tx, row, "returned", ending, actor, fault, given[1], at)


async def settle_overdue(merchant_id: UUID, presale_id: UUID, at: datetime) -> PresaleInfo | None:
    """Writes down what has ended by the clock: a deposit not paid in time holds nothing any more, a rest not paid in time has
    lost its deposit. None where nothing has ended."""
    async with database.transaction() as tx:
        row = await presale_rows.locked(tx, merchant_id, presale_id)
        if row is None or row["order_id"] is not None:
            return None
        after = present_state(row["state"], None, row["pay_by"], row["closes_at"], at)
        if after == row["state"]:
            return None
        ending = Ending() if after == "closed" else forfeited(row["deposit_fen"], row["keeps_fen"])
        await presale_rows.end(tx, row, after, ending, "system", "unpaid", "", at)
    return await _must_get(merchant_id, presale_id, at)


async def set_prepay(merchant_id: UUID, presale_id: UUID, prepay_id: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE presales SET prepay_id = $3 WHERE merchant_id = $1 AND id = $2 AND prepay_id IS NULL",
            merchant_id,
            presale_id,
            prepay_id,
        )


async def close_payment(wechat_pay: WeChatPay, presale: PresaleInfo, at: datetime) -> None:
    """Tells WeChat that a deposit can no longer be paid. Where that fails, a payment that still comes goes back."""
    if presale.state == "closed" and presale.prepay_id is not None:
        try:
            await wechat_pay.close(presale.number, at)
        except PayUnavailable as error:
            service.log.warning("payment_not_closed", presale=presale.number, reason=str(error))


async def _must_get(merchant_id: UUID, presale_id: UUID, at: datetime) -> PresaleInfo:
    found = await get(merchant_id, presale_id, at)
    if found is None:
        raise LookupError(f"pre-sale {presale_id} vanished while it was read")
    return found


__all__ = [
    "PREFIX",
    "LimitReached",
    "NotForYou",
    "NotOpen",
    "Over",
    "PresaleInfo",
    "PresaleNotInState",
    "Rest",
    "SoldOut",
    "Wanted",
    "cancel",
    "close_payment",
    "get",
    "give_back",
    "of_member",
    "overdue",
    "paid",
    "place_rest",
    "quote_rest",
    "reserve",
    "search",
    "set_prepay",
    "settle_overdue",
]
