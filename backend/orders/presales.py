"""预售 (Q09): pay a deposit → pay the rest in its window, or lose it (docs/decisions/0021-pre-sale.md).

The deposit takes stock, activity stock and the member's allowance at once. The rest is priced anew when it is paid, with the
promise that the deposit bought, and is an order like any other from then on. Nothing waits for a schedule: what has ended by
the clock is refused, whoever was first.

Lock order: idempotency key → order → pre-sale → member → rule epoch → then as in orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend import catalog, members, offers, pricing
from backend.connectors.pay import PayUnavailable, WeChatPay
from backend.kit import database, idempotency
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.orders import presale_rows, service
from backend.orders.changed import PriceChanged, named
from backend.orders.presale_deposits import paid, reserve, within
from backend.orders.presale_reading import (
    PresaleInfo,
    deposits_held,
    get,
    info_of,
    must_get,
    of_member,
    overdue,
    search,
)
from backend.orders.presale_reminders import to_remind
from backend.orders.presale_rules import (
    NOTE_LENGTH,
    PREFIX,
    Ending,
    Fault,
    LimitReached,
    NotForYou,
    NotOpen,
    Over,
    PresaleNotInState,
    SoldOut,
    Wanted,
    forfeited,
    given_back,
    present_state,
    units_of_presale,
    used,
)
from backend.orders.quoting import Invalid, Priced, Shown, quote, shown
from backend.orders.reading import OrderInfo
from backend.orders.rules import PAY_WITHIN, Problem, Wish, units_of, wish_hash
from backend.orders.service import (
    NotFound,
    OutOfStock,
    Refused,
    Source,
    TakenMeanwhile,
    give_up,
    take,
    write,
)


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
    priced = await quote(secret, row["merchant_id"], row["member_id"], wish, at, within(live, promise))
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
    seen = shown(secret, quote_token)
    if seen is None:
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
                if seen.cart != wish_hash(_wish(row, choices), member_id):
                    raise Refused(Invalid((Problem("quoteToken", "报价与页面不符，请刷新后再付尾款"),)))
                await members.lock(tx, merchant_id, member_id)
                rest = await _rest(secret, row, choices, await offers.pinned(tx, merchant_id), at)
                if isinstance(rest, Invalid):
                    raise Refused(rest)
                if rest.priced.mark() != seen.mark:
                    raise Refused(PriceChanged(seen.payable_fen, rest.priced, seen.seen))
                order_id = await _ordered(tx, row, rest, at)
                await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
                await take(tx, merchant_id, member_id, order_id, rest.priced, at, _source_of(row, rest, at))
    except Refused as refused:
        found = refused.refusal
        return await named(merchant_id, found) if isinstance(found, PriceChanged) else found  # type: ignore[return-value]
    except TakenMeanwhile:
        return await _changed(secret, merchant_id, member_id, presale_id, choices, seen, at)
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
    secret: bytes, merchant_id: UUID, member_id: UUID, presale_id: UUID, choices: Wish, seen: Shown, at: datetime
) -> PriceChanged | NotFound | PresaleNotInState | NotOpen | Over | Invalid:
    """Somebody was faster: the price as it is now, with what is left of what they had chosen."""
    now = await quote_rest(
        secret, merchant_id, member_id, presale_id, replace(choices, coupon_mode="AUTO", coupon_ids=()), at
    )
    if not isinstance(now, Rest):
        return now
    return await named(merchant_id, PriceChanged(seen.payable_fen, now.priced, seen.seen))


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
                    row, order = await _with_order(tx, merchant_id, presale_id, member_id, store_ids)
                    state = present_state(row["state"], None, row["pay_by"], row["closes_at"], at)
                    if state not in ("awaiting_deposit", "deposit_paid"):
                        raise Refused(PresaleNotInState(state))
                    if order is None:
                        await _stop(tx, row, fault, given, actor, at)
                    else:
                        await _stop_with_order(tx, row, order, fault, given, actor, at)
                    await idempotency.finish(tx, begun, {"type": "Presale", "id": str(presale_id)})
            return await must_get(merchant_id, presale_id, at)
        except Refused as refused:
            return refused.refusal  # type: ignore[return-value]
        except _Moved:
            continue
    return PresaleNotInState("deposit_paid")


async def _with_order(
    tx: Tx, merchant_id: UUID, presale_id: UUID, member_id: UUID | None, store_ids: Sequence[UUID]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The pre-sale and the order of its rest that waits, if one does, both locked; the order before it, as everywhere."""
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
    return row, order if order is not None and order["state"] == "awaiting_payment" else None


async def _stop_with_order(
    tx: Tx,
    row: Mapping[str, Any],
    order: Mapping[str, Any],
    fault: Fault | None,
    given: Any,
    actor: str,
    at: datetime,
) -> None:
    """The order of the rest is given up, and the pre-sale ends: both take units, uses and accounts, so those that others want
    too are locked at once and in their order, and budgets after all of it."""
    merchant_id = row["merchant_id"]
    await members.lock(tx, merchant_id, row["member_id"])
    await catalog.lock(tx, merchant_id, row["store_id"], sorted({*units_of(order["quote"]), *units_of_presale(row)}))
    used_offers = {row["offer_id"], *(offer["id"] for offer in order["quote"]["offers"])}
    await offers.counted(tx, merchant_id, sorted(used_offers), lock=True)
    await give_up(tx, order, at, lambda: _stop(tx, {**row, "order_id": None}, fault, given, actor, at))


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
    return await must_get(merchant_id, presale_id, at)


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
    "deposits_held",
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
    "to_remind",
]
