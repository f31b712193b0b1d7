"""Place → pay → complete, or cancel (Q05–Q07).

Placing quotes again inside the transaction, compares with what the shopper saw, and takes stock, limits, coupons and
tenders together or not at all (O4), in one lock order: order → pre-sale → member → rule epoch → coupons by id (when paid with their drop) → stock by SKU → offer uses
by id → gift quotas by id → ledger accounts by id → budgets, last, because every order of a promotion meets there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from backend import catalog, coupons, events, families, ledger, members, merchants, offers
from backend.connectors.pay import PayUnavailable, WeChatPay
from backend.kit import database, idempotency, outbox
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.ledger import Unit
from backend.orders import bearing, books, earning, payouts, presale_rows
from backend.orders.changed import PriceChanged, named
from backend.orders.quoting import Invalid, Priced, Shown, quote, scenario_of, shown
from backend.orders.reading import OrderInfo, get
from backend.orders.refund_rules import earned_so_far
from backend.orders.rules import (
    PAY_WITHIN,
    Problem,
    Wish,
    earn_taken,
    gifts_of,
    gives_of,
    lines_of,
    may,
    order_number,
    promised,
    tenders_of,
    units_of,
    uses_of,
    wish_hash,
    without,
)

log = structlog.get_logger("orders")


@dataclass(frozen=True, slots=True)
class OutOfStock:
    sku: str
    available: int


@dataclass(frozen=True, slots=True)
class NotFound:
    pass


@dataclass(frozen=True, slots=True)
class NotInState:
    state: str


@dataclass(frozen=True, slots=True)
class WrongAmount:
    """A payment of another amount than the order has due; a person must look at it."""

    due_fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The order was made by an external system: it is paid, cancelled and refunded there."""

    system: str


@dataclass(frozen=True, slots=True)
class Source:
    """Who makes an order: a shopper here, or an external system, and for how long it is held. The rest of a pre-sale names it:
    its units are `held` already, and `deposit_fen` of the price is paid."""

    system_id: UUID | None = None
    takes_stock: bool = True
    held_for: timedelta = PAY_WITHIN
    presale_id: UUID | None = None
    deposit_fen: int = 0
    held: Mapping[str, int] = field(default_factory=dict)


HERE = Source()


class Refused(Exception):
    """Rolls the transaction back and carries the refusal out."""

    def __init__(self, refusal: object) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


class TakenMeanwhile(Exception):
    """Something that the price was made of went to somebody else. Rolls the transaction back."""


async def place(
    secret: bytes, merchant_id: UUID, member_id: UUID, wish: Wish, quote_token: str, key: str, at: datetime
) -> OrderInfo | PriceChanged | OutOfStock | Invalid | IdempotencyConflict:
    """Turns a quote that is still true into an order that waits for payment (or is paid, if nothing is due)."""
    if not wish.lines:
        return Invalid((Problem("lines", "购物车是空的"),))
    seen = shown(secret, quote_token)
    if seen is None or seen.cart != wish_hash(wish, member_id):
        return Invalid((Problem("quoteToken", "报价与购物车不符，请刷新购物车后再下单"),))
    try:
        async with database.transaction() as tx:
            begun = await idempotency.begin(
                tx,
                merchant_id,
                f"consumer:{member_id}",
                key,
                "placeOrder",
                [wish_hash(wish, member_id), quote_token],
                at,
            )
            if isinstance(begun, IdempotencyConflict):
                return begun
            if isinstance(begun, Replay):
                order_id = UUID(begun.answer["id"])
            else:
                # share lock: a promotion cannot be published or ended between this look and our commit
                await members.lock(tx, merchant_id, member_id)
                live = await offers.pinned(tx, merchant_id)
                priced = await quote(secret, merchant_id, member_id, wish, at, live)
                if isinstance(priced, Invalid):
                    raise Refused(priced)
                if priced.mark() != seen.mark:
                    raise Refused(PriceChanged(seen.payable_fen, priced, seen.seen))
                order_id = await write(tx, merchant_id, member_id, priced, at)
                await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
                # last, and the rows that all orders want at the very end: they are locked no longer than they must be
                await take(tx, merchant_id, member_id, order_id, priced, at)
    except Refused as refused:
        found = refused.refusal
        return await named(merchant_id, found) if isinstance(found, PriceChanged) else found  # type: ignore[return-value]
    except TakenMeanwhile:  # rolled back: nothing is locked while the shopper's new price is found
        return await _changed(secret, merchant_id, member_id, wish, seen, at)
    return await placed(merchant_id, order_id, at)


async def placed(merchant_id: UUID, order_id: UUID, at: datetime) -> OrderInfo:
    """An order that was just placed; paid at once where nothing is due."""
    found = await get(merchant_id, order_id)
    if found is None:
        raise LookupError(f"order {order_id} vanished while it was read")
    if found.due_fen == 0 and found.state == "awaiting_payment":
        await pay(merchant_id, found.number, "no-cash-due", 0, at)
        found = await get(merchant_id, order_id) or found
    return found


async def write(
    tx: Tx, merchant_id: UUID, member_id: UUID, priced: Priced, at: datetime, source: Source = HERE
) -> UUID:
    """The order with its frozen price; what it needs is taken by `take`, in the same transaction."""
    order_id, answer = new_id(), priced.quote.to_json()
    frozen = {**answer, "taken": priced.quote.taken, "coupons_used": priced.quote.coupons_used}
    if scarce := earn_taken(priced.quote, priced.live.limited):
        frozen["earn_taken"] = scarce
    if any(e.get("fen") for e in answer["earn"]):  # so do the terms of the red packets that it earns
        frozen["red_packets"] = asdict(priced.earned_packets)
    frozen |= await bearing.freeze(tx, merchant_id, priced, answer)  # and who bears its discounts
    merchant, scenario = await merchants.get(merchant_id), scenario_of(priced)
    scenario["policy"] |= await merchants.refund_policy(
        tx, merchant_id
    )  # the refund terms of this day stay with the order
    await tx.execute(
        "INSERT INTO orders (id, merchant_id, number, member_id, store_id, state, channel, placed_at, pay_by, list_fen, goods_fen, shipping_fen, payable_fen,"
        " due_fen, quote, request, rules, system_id, takes_stock, presale_id, deposit_fen, priority)"
        " VALUES ($1,$2,$3,$4,$5,'awaiting_payment',$6,$7,$8,$9,$10,$11,$12,$13,$14::jsonb,$15::jsonb,$16,$17,$18,$19,$20,$21)",
        order_id,
        merchant_id,
        order_number(order_id, at, merchant.time_zone),
        member_id,
        priced.store.id,
        priced.request.cart.channel,
        at,
        at + source.held_for,
        answer["list"],
        answer["goods"],
        answer["shipping"],
        answer["payable"],
        answer["due"] - source.deposit_fen,
        database.dumps(frozen),
        database.dumps(scenario),
        answer["rules"],
        source.system_id,
        source.takes_stock,
        source.presale_id,
        source.deposit_fen,
        await members.levels.comes_first(tx, merchant_id, priced.request.customer.level),
    )
    for position, (kind, sku, qty, listed, payable) in enumerate(lines_of(answer)):
        await tx.execute(
            "INSERT INTO order_lines (id, merchant_id, order_id, position, kind, sku, qty, list_fen, payable_fen)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
            new_id(),
            merchant_id,
            order_id,
            position,
            kind,
            sku,
            qty,
            listed,
            payable,
        )
    await outbox.emit(
        tx, merchant_id, f"order:{order_id}", events.OrderPlaced(order_id, member_id, priced.store.id, at), at
    )
    return order_id


async def take(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    order_id: UUID,
    priced: Priced,
    at: datetime,
    source: Source = HERE,
) -> None:
    """Everything scarce that the order needs, or `Refused` or `TakenMeanwhile` (O4)."""
    answer = {**priced.quote.to_json(), "earn_taken": earn_taken(priced.quote, priced.live.limited)}
    off = {o["id"]: o["off"] for o in answer["offers"]}  # one that takes nothing off is not among them
    used = {priced.held[name].coupon.id: off.get(name, 0) for name in priced.quote.coupons_used}
    place = {"channel": priced.request.cart.channel, "store_id": priced.store.id}
    taken = await coupons.lock(tx, merchant_id, member_id, used, order_id, at, **place)
    if taken is not None:
        raise TakenMeanwhile
    short = None
    if source.takes_stock:
        short = await catalog.reserve(tx, merchant_id, priced.store.id, without(units_of(answer), source.held))
    if short is not None:
        if short.sku not in {line["sku"] for line in answer["lines"]}:  # a gift went to somebody else
            raise TakenMeanwhile
        raise Refused(OutOfStock(short.sku, short.available))
    uses = uses_of(answer, priced.live.limited)
    gone = await offers.take(
        tx, merchant_id, member_id, {k: (n, priced.live.offers[k].limits) for k, n in uses.items()}, at
    )
    if gone is not None:
        raise TakenMeanwhile
    if await offers.gift_quotas.take(tx, merchant_id, gifts_of(answer, priced.request.gift_quota), at) is not None:
        raise TakenMeanwhile
    until = at + source.held_for
    if priced.family and not await families.hold(tx, merchant_id, member_id, order_id, priced.family, at, until):
        raise TakenMeanwhile
    for unit, (amount, packets) in tenders_of(answer, lent=sum(part.points for part in priced.family)).items():
        mark = f"order:{order_id}:{unit}"
        held = await ledger.hold(tx, merchant_id, ledger.member(member_id), unit, amount, mark, at, until, packets)
        if isinstance(held, ledger.Short):
            raise TakenMeanwhile
    gives = gives_of(answer, priced.request.budget)
    if await offers.budgets.promise(tx, merchant_id, order_id, gives, at, at + source.held_for) is not None:
        raise TakenMeanwhile


def _budgeted(row: Mapping[str, Any]) -> dict[str, int]:
    """What an order was promised of its offers' budgets: those that were limited when it was placed (offer → fen)."""
    return gives_of(row["quote"], row["request"].get("budget", {}))


async def _changed(
    secret: bytes, merchant_id: UUID, member_id: UUID, wish: Wish, seen: Shown, at: datetime
) -> PriceChanged | Invalid:
    """Somebody was faster: the price as it is now for this shopper, with what is left of what they had chosen."""
    there = {p.id for p in await ledger.packets.usable(merchant_id, member_id, at)}
    packets = tuple(p for p in wish.red_packets if p in there)
    now = await quote(
        secret, merchant_id, member_id, replace(wish, coupon_mode="AUTO", coupon_ids=(), red_packets=packets), at
    )
    return now if isinstance(now, Invalid) else await named(merchant_id, PriceChanged(seen.payable_fen, now, seen.seen))


async def pay(
    merchant_id: UUID, number: str, payment_id: str, paid_fen: int, at: datetime, made_at: datetime | None = None
) -> OrderInfo | NotFound | NotInState | WrongAmount:
    """A payment was confirmed (made at `made_at`, told now). However often it is told, it pays once (O6); money that
    cannot pay (the order is closed, or another amount is due) is booked as owed back. The rest of a pre-sale is paid before
    its window ends or not at all, whatever the schedule did."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT * FROM orders WHERE merchant_id = $1 AND number = $2 FOR UPDATE", merchant_id, number
        )
        if row is None:
            return NotFound()
        if row["payment_id"] != payment_id or row["state"] not in ("paid", "completed", "refunded"):
            presale = await presale_rows.of_order(tx, row)
            if may("pay", row["state"]) and presale is not None and (made_at or at) >= presale["closes_at"]:
                await members.lock(tx, merchant_id, row["member_id"])
                late = {**row, "state": "cancelled"}
                await give_up(tx, row, at, lambda: owe_back(tx, late, payment_id, paid_fen, at))
                return NotInState("cancelled")
            if not may("pay", row["state"]):
                await owe_back(tx, row, payment_id, paid_fen, at)
                return NotInState(row["state"])
            if paid_fen != row["due_fen"]:
                await owe_back(tx, row, payment_id, paid_fen, at)
                return WrongAmount(row["due_fen"], paid_fen)
            await members.lock(tx, merchant_id, row["member_id"])
            await settle_payment(tx, row, payment_id, at)
        order_id = row["id"]
    return await get(merchant_id, order_id) or NotFound()


async def owe_back(
    tx: Tx, row: Mapping[str, Any], payment_id: str, paid_fen: int, at: datetime, *, presale: bool = False
) -> None:
    """Books money that came for nothing (for an order, or for the deposit of a pre-sale): the ledger's `refund_due` of the
    member, once for each payment."""
    if paid_fen > 0:
        await ledger.transfer(
            tx,
            row["merchant_id"],
            debit=ledger.merchant_book(row["merchant_id"]),
            credit=ledger.member(row["member_id"]),
            unit="refund_due",
            amount=paid_fen,
            kind="refund_due",
            business_key=f"refund_due:{payment_id}",
            at=at,
            memo={"order": row["number"], "payment": payment_id},
        )
        await payouts.make(
            tx,
            row,
            number=f"D{payment_id}",
            transaction_id=payment_id,
            amount_fen=paid_fen,
            total_fen=paid_fen,
            reason="订单已关闭，退回付款" if row["state"] in ("cancelled", "closed") else "付款金额不符，退回付款",
            at=at,
            presale=presale,
        )


async def settle_payment(tx: Tx, row: Mapping[str, Any], payment_id: str, at: datetime) -> None:
    """An order that waits is paid: what it holds is used up. The caller has locked it and its member."""
    merchant_id, order_id, member_id, answer = row["merchant_id"], row["id"], row["member_id"], row["quote"]
    await tx.execute(
        "UPDATE orders SET state = 'paid', paid_at = $3, payment_id = $4 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        order_id,
        at,
        payment_id,
    )
    await books.book_payment(tx, row, at)
    redeemed = await coupons.redeem(tx, merchant_id, order_id, at)
    await members.count_order(tx, merchant_id, member_id, 1, at)
    await outbox.emit(
        tx,
        merchant_id,
        f"order:{order_id}",
        events.OrderPaid(
            order_id,
            member_id,
            row["store_id"],
            at,
            row["list_fen"],
            row["payable_fen"],
            row["list_fen"] - row["goods_fen"],
            redeemed,
            tuple(
                events.SoldLine(line["sku"], line["qty"], line["payable"], bool(line["offers"]))
                for line in answer["lines"]
            ),
            (
                *(events.GivenOffer(o["id"], o["level"], o["off"]) for o in answer["offers"]),
                *(events.GivenOffer(e["offer"], "EARN", 0) for e in answer["earn"]),
            ),
        ),
        at,
    )
    # what all orders want comes last: those rows are locked no longer than they must be
    if row["takes_stock"]:
        await catalog.sell(tx, merchant_id, row["store_id"], units_of(answer))
    await families.spend(tx, merchant_id, order_id, row["number"], at)
    for unit in await _own_units(tx, row):
        await ledger.post_hold(
            tx,
            merchant_id,
            f"order:{order_id}:{unit}",
            owner=ledger.member(member_id),
            credit=ledger.merchant_book(merchant_id),
            unit=unit,
            kind="spend",
            at=at,
            memo={"order": row["number"]},
        )
    if row["presale_id"] is not None:
        await presale_rows.settle(tx, row, at)
    await offers.budgets.give(tx, merchant_id, order_id, row["number"], _budgeted(row), at)


async def _own_units(tx: Tx, row: Mapping[str, Any]) -> list[Unit]:
    """The units of the member's own account that an order which waits has something of."""
    lent = sum(part.points for part in await families.of_order(row["merchant_id"], row["id"], tx))
    return list(tenders_of(row["quote"], lent=lent))


async def cancel(
    merchant_id: UUID, member_id: UUID | None, order_id: UUID, key: str, actor: str, at: datetime
) -> OrderInfo | NotFound | NotInState | Elsewhere | IdempotencyConflict:
    """Gives everything back that the order had taken. `member_id` None is the schedule or staff."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "cancelOrder", str(order_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await tx.fetchrow(
            "SELECT * FROM orders WHERE merchant_id = $1 AND id = $2 AND ($3::uuid IS NULL OR member_id = $3) FOR UPDATE",
            merchant_id,
            order_id,
            member_id,
        )
        if row is None:
            return NotFound()
        if not isinstance(begun, Replay):
            if not may("cancel", row["state"]):
                return NotInState(row["state"])
            if member_id is not None and row["system_id"] is not None:
                return await elsewhere(row)
            await give_up(tx, row, at)
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    return await get(merchant_id, order_id) or NotFound()


async def give_up(
    tx: Tx, row: Mapping[str, Any], at: datetime, then: Callable[[], Awaitable[None]] | None = None
) -> None:
    """An order that waits is cancelled: what it holds is free again; what a pre-sale holds stays held. The caller has locked
    it. `then` follows in the same transaction before budgets are touched, which are locked last."""
    merchant_id, order_id, member_id, answer = row["merchant_id"], row["id"], row["member_id"], row["quote"]
    await tx.execute(
        "UPDATE orders SET state = 'cancelled', cancelled_at = $3 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        order_id,
        at,
    )
    held = await presale_rows.unplaced(tx, row)
    await coupons.release(tx, merchant_id, order_id, at)
    if row["takes_stock"]:
        await catalog.release(tx, merchant_id, row["store_id"], without(units_of(answer), held))
    own = promised(row["request"])
    named = [*(o["id"] for o in answer["offers"]), *answer.get("earn_taken", {})]
    taken = await offers.counted(tx, merchant_id, [offer for offer in named if offer not in own])
    await offers.give_back(tx, merchant_id, member_id, uses_of(answer, taken), row["placed_at"], at)
    gifts = gifts_of(answer, row["request"].get("gift_quota", {}))
    await offers.gift_quotas.give_back(tx, merchant_id, gifts, at)
    units = await _own_units(tx, row)
    await families.release(tx, merchant_id, order_id, at)
    for unit in units:
        await ledger.void_hold(tx, merchant_id, f"order:{order_id}:{unit}", at)
    await outbox.emit(
        tx, merchant_id, f"order:{order_id}", events.OrderCancelled(order_id, member_id, row["store_id"], at), at
    )
    if then is not None:
        await then()
    await offers.budgets.release(tx, merchant_id, order_id, _budgeted(row), at)


async def complete(
    secret: bytes,
    merchant_id: UUID,
    order_id: UUID,
    key: str,
    actor: str,
    at: datetime,
    store_ids: Sequence[UUID] = (),
) -> OrderInfo | NotFound | NotInState | IdempotencyConflict:
    """The customer has the goods: what the order earns is granted now, once (P05), less what refunds took of it before. `store_ids` narrows what the actor may touch."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "completeOrder", str(order_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await tx.fetchrow(
            "SELECT * FROM orders WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, order_id
        )
        if row is None or (store_ids and row["store_id"] not in store_ids):
            return NotFound()
        if not isinstance(begun, Replay):
            if not may("complete", row["state"]):
                return NotInState(row["state"])
            await hand_over(tx, secret, row, at)
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    return await get(merchant_id, order_id) or NotFound()


async def hand_over(tx: Tx, secret: bytes, row: Mapping[str, Any], at: datetime) -> None:
    """A paid order is completed: what it earns is granted. The caller has locked it."""
    merchant_id, order_id = row["merchant_id"], row["id"]
    await tx.execute(
        "UPDATE orders SET state = 'completed', completed_at = $3 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        order_id,
        at,
    )
    batches = await tx.fetch(
        "SELECT outcome FROM refunds WHERE merchant_id = $1 AND order_id = $2", merchant_id, order_id
    )
    earned = earned_so_far(row["quote"], [batch["outcome"] for batch in batches])
    await earning.grant(tx, secret, row, earned, at)
    await books.book_completion(tx, row, earned, at)
    await outbox.emit(
        tx,
        merchant_id,
        f"order:{order_id}",
        events.OrderCompleted(order_id, row["member_id"], row["store_id"], at),
        at,
    )


async def elsewhere(row: Mapping[str, Any]) -> Elsewhere:
    found = await merchants.system(row["merchant_id"], row["system_id"])
    return Elsewhere(found.name if found else "")


async def close_payment(wechat_pay: WeChatPay, order: OrderInfo, at: datetime) -> None:
    """Tells WeChat that a cancelled order can no longer be paid. Where that fails, a payment that still comes is booked
    as owed back."""
    if order.prepay_id is not None:
        try:
            await wechat_pay.close(order.number, at)
        except PayUnavailable as error:
            log.warning("payment_not_closed", order=order.number, reason=str(error))


async def set_prepay(merchant_id: UUID, order_id: UUID, prepay_id: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE orders SET prepay_id = $3 WHERE merchant_id = $1 AND id = $2 AND prepay_id IS NULL",
            merchant_id,
            order_id,
            prepay_id,
        )
