"""外部系统的四个动作: prepare → consume, or cancel; reverse (docs/decisions/0017-external-systems.md).

A till or a marketplace sells for the merchant and asks under request numbers of its own. An order is prepared under a number
(priced, and everything taken with a hold), consumed when it was paid there, cancelled, and reversed unit by unit. Each verb
does its work once for a number, whoever asks how often and in whatever order: what came too early or too late is told, and a
cancellation that overtook its preparation keeps it from holding anything (防悬挂).

Lock order: idempotency key → request → then as in orders and refunds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar
from uuid import UUID

from backend import coupons, members, merchants, offers
from backend.kit import database, idempotency
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.orders import refunds
from backend.orders.changed import PriceChanged
from backend.orders.quoting import Invalid, quote
from backend.orders.reading import OrderInfo, get
from backend.orders.refunds import Asker, RefundChanged, RefundImpossible
from backend.orders.rules import Problem, Wish, may
from backend.orders.service import (
    NotFound,
    NotInState,
    OutOfStock,
    Refused,
    Source,
    TakenMeanwhile,
    WrongAmount,
    give_up,
    hand_over,
    settle_payment,
    take,
    write,
)

HOLD_SECONDS = (60, 1800)
TRIES = 3
P = ParamSpec("P")
T = TypeVar("T")
State = Literal["prepared", "consumed", "cancelled", "reversed"]
STATES: Mapping[str, State] = {
    "awaiting_payment": "prepared",
    "paid": "consumed",
    "completed": "consumed",
    "cancelled": "cancelled",
    "refunded": "reversed",
}


@dataclass(frozen=True, slots=True)
class Prepare:
    """What a system wants prepared. The member is named by the code that the till scans: the pay code, which alone can spend
    points, balance and red packets, or the member code or phone number. Coupons are named by theirs (None: the best is
    chosen). `expected_fen` is what the system has shown as due: another amount is refused."""

    request_no: str
    member_code: str
    wish: Wish
    coupon_codes: tuple[str, ...] | None = None
    hold_seconds: int = 900
    expected_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request number and what became of it. Without an order it was cancelled before it was prepared."""

    request_no: str
    state: State
    order: OrderInfo | None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class RequestCancelled:
    """This number was cancelled before it was prepared: it prepares nothing any more."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """What the cart needs went to others as often as it was tried. Nothing was taken; the same request may succeed."""


Answer = Request | NotFound | NotInState | RequestCancelled | IdempotencyConflict


def telling(work: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A refusal rolls everything back, the key of the act too: put right, the same number may be asked again."""

    @wraps(work)
    async def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await work(*args, **kwargs)
        except Refused as refused:
            return refused.refusal  # type: ignore[return-value]

    return told


async def prepare(
    secret: bytes, system: merchants.SystemInfo, wanted: Prepare, at: datetime
) -> Request | Invalid | PriceChanged | OutOfStock | RequestCancelled | Overrun | IdempotencyConflict:
    """Prices a cart and takes everything that it needs, held under the request number until the time-out."""
    problems = _faults(system, wanted)
    if problems:
        return Invalid(tuple(problems))
    for _ in range(TRIES):
        try:
            return await _prepare(secret, system, wanted, at)
        except Refused as refused:
            return refused.refusal  # type: ignore[return-value]
        except TakenMeanwhile:  # nobody has seen a price: it is prepared at the one that there is now
            continue
    return Overrun()


async def _prepare(
    secret: bytes, system: merchants.SystemInfo, wanted: Prepare, at: datetime
) -> Request | RequestCancelled | IdempotencyConflict:
    merchant_id = system.merchant_id
    async with database.transaction() as tx:
        begun = await _begin(tx, system, "prepare", wanted.request_no, asdict(wanted), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            order_id = UUID(begun.answer["id"])
        else:
            request = await _request(tx, system, wanted.request_no, at)
            if request["cancelled_at"] is not None:
                raise Refused(RequestCancelled())
            member_id, is_here = await _member(tx, system, secret, wanted, at)
            wish = await _wish(system, member_id, wanted, at, is_here=is_here)
            live = await offers.pinned(tx, merchant_id)
            priced = await quote(secret, merchant_id, member_id, wish, at, live)
            if isinstance(priced, Invalid):
                raise Refused(priced)
            if wanted.expected_fen is not None and priced.quote.due != wanted.expected_fen:
                raise Refused(PriceChanged(wanted.expected_fen, priced))
            source = Source(system.id, system.takes_stock, timedelta(seconds=wanted.hold_seconds))
            order_id = await write(tx, merchant_id, member_id, priced, at, source)
            await tx.execute(
                "UPDATE external_requests SET order_id = $3 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                request["id"],
                order_id,
            )
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
            await take(tx, merchant_id, member_id, order_id, priced, at, source)
    return await _told(system, wanted.request_no, order_id)


async def _member(
    tx: Tx, system: merchants.SystemInfo, secret: bytes, wanted: Prepare, at: datetime
) -> tuple[UUID, bool]:
    """The member who shows this code, locked, and whether it shows that they are here: the code is one to pay with, and is
    used up."""
    found = await members.pay_codes.shown(secret, system.merchant_id, wanted.member_code, at)
    if found is None:
        raise Refused(Invalid((Problem("memberCode", "没有这位会员，或付款码已过期，请顾客打开会员码再扫"),)))
    await members.lock(tx, system.merchant_id, found.member_id)
    if found.step is None:
        wish = wanted.wish
        if wish.points or wish.balance_fen or wish.red_packets or wish.red_packet_mode == "AUTO":
            words = "用积分、余额或红包付款，要扫顾客手机上的付款码（我的 → 会员码），手机号和会员号不行"
            raise Refused(Invalid((Problem("memberCode", words),)))
    elif not await members.pay_codes.take(tx, system.merchant_id, found.member_id, found.step):
        raise Refused(Invalid((Problem("memberCode", "这个付款码已经用过，请顾客刷新会员码再扫"),)))
    return found.member_id, found.step is not None


async def _wish(system: merchants.SystemInfo, member_id: UUID, wanted: Prepare, at: datetime, *, is_here: bool) -> Wish:
    """The cart with the coupons that were scanned; the member is locked, so they are still there when it is priced. Where none
    were, the best is chosen for who is here; a phone number, which others know too, uses nobody's coupon. Codes stand in groups
    on the phone, and clerks type them as they read them."""
    if wanted.coupon_codes is None:
        return wanted.wish if is_here else replace(wanted.wish, coupon_mode="NONE", coupon_ids=())
    codes = [coupons.normal(code) for code in wanted.coupon_codes]
    scanned = await coupons.coupons(
        system.merchant_id, member_id, at, states=("issued",), codes=codes, first=len(codes)
    )
    mine = {c.code: c.id for c in scanned}
    problems = [
        Problem(f"couponCodes[{n}]", "顾客没有这张券，或它已用过") for n, code in enumerate(codes) if code not in mine
    ]
    if problems:
        raise Refused(Invalid(tuple(problems)))
    chosen = tuple(mine[code] for code in codes)
    return replace(wanted.wish, coupon_mode="FIXED" if chosen else "NONE", coupon_ids=chosen)


def _faults(system: merchants.SystemInfo, wanted: Prepare) -> list[Problem]:
    problems = []
    if not wanted.wish.lines:
        problems.append(Problem("lines", "没有商品"))
    least, most = HOLD_SECONDS
    if not least <= wanted.hold_seconds <= most:
        problems.append(Problem("holdSeconds", f"占用时间须为 {least}–{most} 秒"))
    if wanted.wish.family:  # the pay code says that its owner is here; nobody asked the others of the family
        problems.append(Problem("tenders.family", "家人的积分只能在小程序里用，收银台和外部平台用顾客自己的"))
    if system.store_ids and wanted.wish.store_id not in system.store_ids:
        problems.append(Problem("storeId", "这个系统不能在这家门店下单"))
    return problems


@telling
async def consume(
    secret: bytes,
    system: merchants.SystemInfo,
    request_no: str,
    payment_no: str | None,
    paid_fen: int,
    handed_over: bool,
    at: datetime,
) -> Answer | WrongAmount:
    """The order was paid there: what it holds is used up. With `handed_over` the customer has the goods, and what the order
    earns is granted too."""
    async with database.transaction() as tx:
        begun = await _begin(tx, system, "consume", request_no, [payment_no, paid_fen, handed_over], at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await _ordered(tx, system, request_no)
        if not isinstance(begun, Replay):
            if not may("pay", row["state"]):
                raise Refused(NotInState(row["state"]))
            if paid_fen != row["due_fen"]:
                raise Refused(WrongAmount(row["due_fen"], paid_fen))
            await members.lock(tx, system.merchant_id, row["member_id"])
            await settle_payment(tx, row, f"{system.code}:{request_no}"[:80], at)
            await tx.execute(
                "UPDATE external_requests SET payment_no = $4 WHERE merchant_id = $1 AND system_id = $2 AND request_no = $3",
                system.merchant_id,
                system.id,
                request_no,
                payment_no,
            )
            if handed_over:
                await hand_over(tx, secret, row, at)
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(row["id"])})
    return await _told(system, request_no, row["id"])


@telling
async def cancel(system: merchants.SystemInfo, request_no: str, at: datetime) -> Answer:
    """What was prepared is free again. A number that was never prepared is cancelled too, and stays so: a preparation that
    comes later is refused."""
    async with database.transaction() as tx:
        begun = await _begin(tx, system, "cancel", request_no, None, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        request = await _request(tx, system, request_no, at)
        if request["order_id"] is None:
            await tx.execute(
                "UPDATE external_requests SET cancelled_at = coalesce(cancelled_at, $3) WHERE merchant_id = $1 AND id = $2",
                system.merchant_id,
                request["id"],
                at,
            )
        else:
            row = await _locked(tx, system, request["order_id"])
            if row["state"] != "cancelled":
                if not may("cancel", row["state"]):
                    raise Refused(NotInState(row["state"]))
                await give_up(tx, row, at)
        if not isinstance(begun, Replay):
            await idempotency.finish(tx, begun, {"type": "Request", "no": request_no})
    return await _told(system, request_no, request["order_id"])


@telling
async def reverse(
    secret: bytes,
    system: merchants.SystemInfo,
    request_no: str,
    reverse_no: str,
    units: Sequence[tuple[str, int]],
    reason: str,
    restock: bool,
    at: datetime,
) -> Answer | Invalid | RefundImpossible | RefundChanged:
    """Gives units back (all that is left, where none is named): tenders, coupons and limits here; the system gives the cash
    back itself, as much as the batch says."""
    asker = Asker(f"system:{system.id}", None, system.store_ids, system.id)
    async with database.transaction() as tx:
        wish = [sorted(units), reason, restock]
        begun = await _begin(tx, system, f"reverse:{reverse_no}", request_no, wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await _ordered(tx, system, request_no)
        if isinstance(begun, Replay):
            batch = int(begun.answer["batch"])
        else:
            done = await refunds.reverse(
                tx, secret, system.merchant_id, row["id"], units, reason, asker, restock=restock, at=at
            )
            if not isinstance(done, int):
                raise Refused(done)
            batch = done
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(row["id"]), "batch": batch})
    return replace(await _told(system, request_no, row["id"]), batch=batch)


async def find(system: merchants.SystemInfo, request_no: str) -> Request | None:
    """What became of a request number, for a system that got no answer; None when it never came."""
    row = await database.fetchrow(
        "SELECT order_id, cancelled_at FROM external_requests WHERE merchant_id = $1 AND system_id = $2 AND request_no = $3",
        system.merchant_id,
        system.id,
        request_no,
    )
    return await _told(system, request_no, row["order_id"]) if row else None


async def _begin(tx: Tx, system: merchants.SystemInfo, verb: str, request_no: str, value: object, at: datetime) -> Any:
    return await idempotency.begin(
        tx, system.merchant_id, f"system:{system.id}", f"{verb}:{request_no}", verb.partition(":")[0], value, at
    )


async def _request(tx: Tx, system: merchants.SystemInfo, request_no: str, at: datetime) -> dict[str, Any]:
    """The row of a request number, made on first use and locked: preparation and cancellation meet here."""
    await tx.execute(
        "INSERT INTO external_requests (id, merchant_id, system_id, request_no, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        new_id(),
        system.merchant_id,
        system.id,
        request_no,
        at,
    )
    row = await tx.fetchrow(
        "SELECT id, order_id, cancelled_at FROM external_requests WHERE merchant_id = $1 AND system_id = $2 AND request_no = $3 FOR UPDATE",
        system.merchant_id,
        system.id,
        request_no,
    )
    assert row is not None, "it was made or was there"
    return row


async def _ordered(tx: Tx, system: merchants.SystemInfo, request_no: str) -> dict[str, Any]:
    """The order of a request, locked; `Refused` where it has none."""
    request = await tx.fetchrow(
        "SELECT order_id FROM external_requests WHERE merchant_id = $1 AND system_id = $2 AND request_no = $3 FOR UPDATE",
        system.merchant_id,
        system.id,
        request_no,
    )
    if request is None:
        raise Refused(NotFound())
    if request["order_id"] is None:
        raise Refused(RequestCancelled())
    return await _locked(tx, system, request["order_id"])


async def _locked(tx: Tx, system: merchants.SystemInfo, order_id: UUID) -> dict[str, Any]:
    row = await tx.fetchrow(
        "SELECT * FROM orders WHERE merchant_id = $1 AND id = $2 FOR UPDATE", system.merchant_id, order_id
    )
    assert row is not None, "orders stay"
    return row


async def _told(system: merchants.SystemInfo, request_no: str, order_id: UUID | None) -> Request:
    order = await get(system.merchant_id, order_id) if order_id else None
    return Request(request_no, STATES[order.state] if order else "cancelled", order)


__all__ = [
    "Answer",
    "Overrun",
    "Prepare",
    "Request",
    "RequestCancelled",
    "cancel",
    "consume",
    "find",
    "prepare",
    "reverse",
]
