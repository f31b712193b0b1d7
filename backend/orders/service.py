"""Place → pay → complete, or cancel (Q05–Q07).

Placing quotes again inside the transaction, compares with what the shopper saw, and takes stock, limits, coupons and
tenders together or not at all (O4), in one lock order: member → rule epoch → order → coupons by id (when paid with their drop) → stock by SKU → offer uses
by id → ledger accounts by id → budgets, last, because every order of a promotion meets there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import structlog

from backend import catalog, coupons, events, ledger, members, merchants, offers
from backend.connectors.pay import PayUnavailable, WeChatPay
from backend.kit import crypto, database, idempotency, outbox
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.orders import books, earning, payouts
from backend.orders.quoting import Invalid, Priced, quote, scenario_of
from backend.orders.refund_rules import earned_so_far
from backend.orders.rules import (
    PAY_WITHIN,
    Problem,
    Wish,
    gives_of,
    lines_of,
    may,
    order_number,
    price_mark,
    tenders_of,
    units_of,
    uses_of,
    wish_hash,
)

log = structlog.get_logger("orders")

RefundState = Literal["none", "requested", "processing", "part", "refunded", "failed"]


@dataclass(frozen=True, slots=True)
class PriceChanged:
    """The price is no longer the one that the shopper saw. Nothing was taken."""

    seen_payable_fen: int
    now: Priced


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
class OrderInfo:
    """An order with its lines. `quote` is the frozen answer of the engine (docs/pricing.md). `refunded_fen` is gross."""

    id: UUID
    merchant_id: UUID
    number: str
    member_id: UUID
    store_id: UUID
    state: str
    placed_at: datetime
    pay_by: datetime | None
    paid_at: datetime | None
    list_fen: int
    goods_fen: int
    shipping_fen: int
    payable_fen: int
    due_fen: int
    quote: Mapping[str, Any] | None
    prepay_id: str | None
    completed_at: datetime | None
    refunded_at: datetime | None
    refunded_fen: int
    refunds: int
    refund_state: RefundState
    lines: tuple[tuple[str, int, int, int, str], ...]  # sku, qty, list_fen, payable_fen, kind


class _Refused(Exception):
    """Rolls the transaction back and carries the refusal out."""

    def __init__(self, refusal: object) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


class _TakenMeanwhile(Exception):
    """Something that the price was made of went to somebody else. Rolls the transaction back."""


async def place(
    secret: bytes, merchant_id: UUID, member_id: UUID, wish: Wish, quote_token: str, key: str, at: datetime
) -> OrderInfo | PriceChanged | OutOfStock | Invalid | IdempotencyConflict:
    """Turns a quote that is still true into an order that waits for payment (or is paid, if nothing is due)."""
    if not wish.lines:
        return Invalid((Problem("lines", "购物车是空的"),))
    text = crypto.verified(secret, "quote-token", quote_token)
    seen = text.split(":") if text else []
    if len(seen) != 4 or seen[3] != wish_hash(wish, member_id):
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
                    raise _Refused(priced)
                if price_mark(priced.quote.to_json()) != ":".join(seen[:3]):
                    raise _Refused(PriceChanged(int(seen[0]), priced))
                order_id = await _write(tx, merchant_id, member_id, priced, at)
                await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
                # last, and the rows that all orders want at the very end: they are locked no longer than they must be
                await _take(tx, merchant_id, member_id, order_id, priced, at)
    except _Refused as refused:
        return refused.refusal  # type: ignore[return-value]
    except _TakenMeanwhile:  # rolled back: nothing is locked while the shopper's new price is found
        return await _changed(secret, merchant_id, member_id, wish, seen, at)
    found = await get(merchant_id, order_id)
    if found is None:
        raise LookupError(f"order {order_id} vanished while it was read")
    if found.due_fen == 0 and found.state == "awaiting_payment":
        await pay(merchant_id, found.number, "no-cash-due", 0, at)
        found = await get(merchant_id, order_id) or found
    return found


async def _write(tx: Tx, merchant_id: UUID, member_id: UUID, priced: Priced, at: datetime) -> UUID:
    order_id, answer = new_id(), priced.quote.to_json()
    frozen = {**answer, "taken": priced.quote.taken, "coupons_used": priced.quote.coupons_used}
    if any(e.get("fen") for e in answer["earn"]):  # so do the terms of the red packets that it earns
        frozen["red_packets"] = asdict(priced.earned_packets)
    merchant, scenario = await merchants.get(merchant_id), scenario_of(priced)
    scenario["policy"] |= await merchants.refund_policy(
        tx, merchant_id
    )  # the refund terms of this day stay with the order
    await tx.execute(
        "INSERT INTO orders (id, merchant_id, number, member_id, store_id, state, channel, placed_at, pay_by, list_fen, goods_fen, shipping_fen, payable_fen,"
        " due_fen, quote, request, rules) VALUES ($1,$2,$3,$4,$5,'awaiting_payment',$6,$7,$8,$9,$10,$11,$12,$13,$14::jsonb,$15::jsonb,$16)",
        order_id,
        merchant_id,
        order_number(order_id, at, merchant.time_zone),
        member_id,
        priced.store.id,
        priced.request.cart.channel,
        at,
        at + PAY_WITHIN,
        answer["list"],
        answer["goods"],
        answer["shipping"],
        answer["payable"],
        answer["due"],
        database.dumps(frozen),
        database.dumps(scenario),
        answer["rules"],
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


async def _take(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    order_id: UUID,
    priced: Priced,
    at: datetime,
) -> None:
    """Everything scarce that the order needs, or `_Refused` or `_TakenMeanwhile` (O4)."""
    answer = priced.quote.to_json()
    used = [priced.held[o["id"]].id for o in answer["offers"] if o["id"] in priced.held]
    place = {"channel": priced.request.cart.channel, "store_id": priced.store.id}
    taken = await coupons.lock(tx, merchant_id, member_id, used, order_id, at, **place)
    if taken is not None:
        raise _TakenMeanwhile
    short = await catalog.reserve(tx, merchant_id, priced.store.id, units_of(answer))
    if short is not None:
        if short.sku not in {line["sku"] for line in answer["lines"]}:  # a gift went to somebody else
            raise _TakenMeanwhile
        raise _Refused(OutOfStock(short.sku, short.available))
    uses = uses_of(answer, priced.live.limited)
    gone = await offers.take(
        tx, merchant_id, member_id, {k: (n, priced.live.offers[k].limits.per_customer) for k, n in uses.items()}, at
    )
    if gone is not None:
        raise _TakenMeanwhile
    for unit, (amount, packets) in tenders_of(answer).items():
        mark, until = f"order:{order_id}:{unit}", at + PAY_WITHIN
        held = await ledger.hold(tx, merchant_id, ledger.member(member_id), unit, amount, mark, at, until, packets)
        if isinstance(held, ledger.Short):
            raise _TakenMeanwhile
    gives = gives_of(answer, priced.request.budget)
    if await offers.budgets.promise(tx, merchant_id, order_id, gives, at, at + PAY_WITHIN) is not None:
        raise _TakenMeanwhile


def _budgeted(row: Mapping[str, Any]) -> dict[str, int]:
    """What an order was promised of its offers' budgets: those that were limited when it was placed (offer → fen)."""
    return gives_of(row["quote"], row["request"].get("budget", {}))


async def _changed(
    secret: bytes, merchant_id: UUID, member_id: UUID, wish: Wish, seen: Sequence[str], at: datetime
) -> PriceChanged | Invalid:
    """Somebody was faster: the price as it is now for this shopper, with what is left of what they had chosen."""
    there = {p.id for p in await ledger.packets.usable(merchant_id, member_id, at)}
    packets = tuple(p for p in wish.red_packets if p in there)
    now = await quote(
        secret, merchant_id, member_id, replace(wish, coupon_mode="AUTO", coupon_ids=(), red_packets=packets), at
    )
    return now if isinstance(now, Invalid) else PriceChanged(int(seen[0]), now)


async def pay(
    merchant_id: UUID, number: str, payment_id: str, paid_fen: int, at: datetime
) -> OrderInfo | NotFound | NotInState | WrongAmount:
    """A payment was confirmed. However often it is told, it pays once (O6); money that
    cannot pay (the order is closed, or another amount is due) is booked as owed back."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT * FROM orders WHERE merchant_id = $1 AND number = $2 FOR UPDATE", merchant_id, number
        )
        if row is None:
            return NotFound()
        if row["payment_id"] != payment_id or row["state"] not in ("paid", "completed", "refunded"):
            if not may("pay", row["state"]):
                await _owe_back(tx, row, payment_id, paid_fen, at)
                return NotInState(row["state"])
            if paid_fen != row["due_fen"]:
                await _owe_back(tx, row, payment_id, paid_fen, at)
                return WrongAmount(row["due_fen"], paid_fen)
            await members.lock(tx, merchant_id, row["member_id"])
            await _pay(tx, row, payment_id, at)
        order_id = row["id"]
    return await get(merchant_id, order_id) or NotFound()


async def _owe_back(tx: Tx, row: Mapping[str, Any], payment_id: str, paid_fen: int, at: datetime) -> None:
    """Books money that came for nothing: the ledger's `refund_due` of the member, once for each payment."""
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
            reason="订单已关闭，退回付款" if row["state"] == "cancelled" else "付款金额不符，退回付款",
            at=at,
        )


async def _pay(tx: Tx, row: Mapping[str, Any], payment_id: str, at: datetime) -> None:
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
    await members.count_order(tx, merchant_id, member_id, 1)
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
    await catalog.sell(tx, merchant_id, row["store_id"], units_of(answer))
    for unit in tenders_of(answer):
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
    await offers.budgets.give(tx, merchant_id, order_id, row["number"], _budgeted(row), at)


async def cancel(
    merchant_id: UUID, member_id: UUID | None, order_id: UUID, key: str, actor: str, at: datetime
) -> OrderInfo | NotFound | NotInState | IdempotencyConflict:
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
            await _cancel(tx, row, at)
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    return await get(merchant_id, order_id) or NotFound()


async def _cancel(tx: Tx, row: Mapping[str, Any], at: datetime) -> None:
    merchant_id, order_id, member_id, answer = row["merchant_id"], row["id"], row["member_id"], row["quote"]
    await tx.execute(
        "UPDATE orders SET state = 'cancelled', cancelled_at = $3 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        order_id,
        at,
    )
    await coupons.release(tx, merchant_id, order_id, at)
    await catalog.release(tx, merchant_id, row["store_id"], units_of(answer))
    taken = await offers.counted(tx, merchant_id, [o["id"] for o in answer["offers"]])
    await offers.give_back(tx, merchant_id, member_id, uses_of(answer, taken), at)
    for unit in tenders_of(answer):
        await ledger.void_hold(tx, merchant_id, f"order:{order_id}:{unit}")
    await outbox.emit(
        tx, merchant_id, f"order:{order_id}", events.OrderCancelled(order_id, member_id, row["store_id"], at), at
    )
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
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    return await get(merchant_id, order_id) or NotFound()


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


async def get(merchant_id: UUID, order_id: UUID, member_id: UUID | None = None) -> OrderInfo | None:
    """An order; with `member_id`, only if it is that member's."""
    rows = await _read("o.id = $2 AND ($3::uuid IS NULL OR o.member_id = $3)", merchant_id, order_id, member_id)
    return rows[0] if rows else None


async def frozen_request(merchant_id: UUID, order_id: UUID) -> dict[str, Any]:
    """The scenario that the order was priced from (empty for imported past orders)."""
    return (
        await database.fetchval("SELECT request FROM orders WHERE merchant_id = $1 AND id = $2", merchant_id, order_id)
        or {}
    )


async def of_member(merchant_id: UUID, member_id: UUID, first: int, after: UUID | None) -> list[OrderInfo]:
    """A member's orders, newest first."""
    ids = [
        row["id"]
        for row in await database.fetch(
            "SELECT id FROM orders WHERE merchant_id = $1 AND member_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
            merchant_id,
            member_id,
            after,
            first,
        )
    ]
    return sorted(await _read("o.id = ANY($2::uuid[])", merchant_id, ids), key=lambda o: o.id, reverse=True)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a merchant's orders and how many match in all."""

    orders: list[OrderInfo]
    total: int


async def search(
    merchant_id: UUID,
    text: str,
    member_ids: Sequence[UUID],
    refund_state: RefundState | None,
    store_ids: Sequence[UUID],
    first: int,
    after: UUID | None,
) -> Found:
    """Orders of a merchant (of these stores, or of all when none is named), newest first: those whose number begins with
    `text` or that belong to one of the members; all when `text` is empty."""
    where, given = "o.merchant_id = $1", list[object]([merchant_id])
    if text:
        given += [text, text + LAST, list(member_ids)]
        where += ' AND (o.number COLLATE "C" >= $2 AND o.number COLLATE "C" < $3 OR o.member_id = ANY($4::uuid[]))'
    if store_ids:
        given.append(list(store_ids))
        where += f" AND o.store_id = ANY(${len(given)}::uuid[])"
    if refund_state is not None:
        given.append(refund_state)
        where += f" AND {CANDIDATES.get(refund_state, 'TRUE')} AND {REFUND_STATE} = ${len(given)}"
    n = len(given)
    total = await database.fetchval(f"SELECT count(*) FROM orders o WHERE {where}", *given)
    rows = await database.fetch(
        f"SELECT o.id FROM orders o WHERE {where} AND (${n + 1}::uuid IS NULL OR o.id < ${n + 1}) ORDER BY o.id DESC LIMIT ${n + 2}",
        *given,
        after,
        first,
    )
    found = await _read("o.id = ANY($2::uuid[])", merchant_id, [row["id"] for row in rows])
    return Found(sorted(found, key=lambda o: o.id, reverse=True), total)


async def overdue(at: datetime, limit: int = 200) -> list[tuple[UUID, UUID]]:
    """(merchant, order) of orders that were not paid in time."""
    rows = await database.fetch(
        "SELECT merchant_id, id FROM orders WHERE state = 'awaiting_payment' AND pay_by <= $1 ORDER BY pay_by LIMIT $2",
        at,
        limit,
    )
    return [(row["merchant_id"], row["id"]) for row in rows]


REFUND_STATE = (
    "CASE WHEN EXISTS (SELECT 1 FROM payouts p WHERE p.merchant_id = o.merchant_id AND p.order_id = o.id AND p.state = 'failed') THEN 'failed'"
    " WHEN EXISTS (SELECT 1 FROM refund_requests r WHERE r.merchant_id = o.merchant_id AND r.order_id = o.id AND r.state = 'waiting') THEN 'requested'"
    " WHEN EXISTS (SELECT 1 FROM payouts p WHERE p.merchant_id = o.merchant_id AND p.order_id = o.id AND p.state = 'processing') THEN 'processing'"
    " WHEN o.state = 'refunded' OR o.state = 'cancelled' AND EXISTS (SELECT 1 FROM payouts p WHERE p.merchant_id = o.merchant_id AND p.order_id = o.id) THEN 'refunded' WHEN o.refunds > 0 THEN 'part' ELSE 'none' END"
)
"""What an order's refunds need next, the most urgent first; `o` is the order."""
PAYOUTS_THAT = "o.id IN (SELECT p.order_id FROM payouts p WHERE p.merchant_id = $1 AND p.state = '{}')"
CANDIDATES: Mapping[RefundState, str] = {
    "failed": PAYOUTS_THAT.format("failed"),
    "requested": "o.id IN (SELECT r.order_id FROM refund_requests r WHERE r.merchant_id = $1 AND r.state = 'waiting')",
    "processing": PAYOUTS_THAT.format("processing"),
    "part": "o.refunds > 0",
    "refunded": "(o.refunds > 0 OR o.state = 'cancelled')",
}
"""Orders among which those of a refund state are: found by an index, so that a list does not look at every order."""
LAST = "\U0010ffff"
"""Behind every text that begins in the same way."""


async def _read(where: str, merchant_id: UUID, *args: object) -> list[OrderInfo]:
    rows = await database.fetch(
        "SELECT o.id, o.merchant_id, o.number, o.member_id, o.store_id, o.state, o.placed_at, o.pay_by, o.paid_at, o.list_fen, o.goods_fen, o.shipping_fen,"
        " o.payable_fen, o.due_fen, o.quote, o.prepay_id, o.completed_at, o.refunded_at, o.refunded_fen, o.refunds,"
        f" {REFUND_STATE} AS refund_state, coalesce((SELECT jsonb_agg(jsonb_build_array(l.sku, l.qty, l.list_fen, l.payable_fen, l.kind) ORDER BY l.position)"
        "  FROM order_lines l WHERE l.merchant_id = o.merchant_id AND l.order_id = o.id), '[]'::jsonb) AS lines"
        f" FROM orders o WHERE o.merchant_id = $1 AND {where}",
        merchant_id,
        *args,
    )
    return [OrderInfo(**{**dict(row), "lines": tuple(tuple(line) for line in row["lines"])}) for row in rows]
