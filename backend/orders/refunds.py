"""Refunds of orders (退款, Q08): preview → ask or refund → ledger, coupons, stock, limits, cash on its way back.

Every figure is `pricing.reverse`'s over the frozen quote and all batches so far; a batch is computed again under the lock
of its order and compared with what was seen. Who decides is written in docs/decisions/0011-refunds.md.

Lock order: idempotency key → order → member → coupons by id, their drops → stock by SKU → offer uses by id → gift quotas by id →
ledger accounts by unit (points, balance, red packets, stamps, refund_due), member and book by id → budgets, last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import structlog

from backend import catalog, coupons, families, ledger, members, merchants, offers, pricing
from backend.kit import crypto, database, idempotency, outbox
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.orders import books, earning, payouts, refund_requests
from backend.orders.quoting import STEPS, Invalid
from backend.orders.reading import OrderInfo, get
from backend.orders.refund_booking import UNITS, book_batch, event_of, pay_out, strands, take_back_growth
from backend.orders.refund_reading import (
    BatchInfo,
    RequestInfo,
    batches_of,
    of_orders,
    refundable,
    request,
    requests_of,
    still_earned,
    still_had,
)
from backend.orders.refund_rules import (
    NO_REASON_DAYS,
    REFUND_DAYS,
    NotReproducible,
    Plan,
    charged_fen,
    check_reason,
    check_units,
    earned_unit,
    left_of,
    outcome,
    plan,
    requoted,
)
from backend.orders.refund_words import LAST_ONLY, sentences, why_closed
from backend.orders.rules import Problem, may
from backend.orders.service import NotFound, NotInState

log = structlog.get_logger("refunds")

Why = Literal["NO_FROZEN_PRICE", "TOO_LATE", "LAST_CASH", "ASKED_ALREADY", "DECIDED_ALREADY", "ELSEWHERE"]


@dataclass(frozen=True, slots=True)
class RefundImpossible:
    """This order (or request) cannot be refunded here, whoever asks."""

    why: Why


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch would give back now. `automatic`: the customer's wish is done at once, else a clerk decides.
    `elsewhere`: the cash was not paid through WeChat here."""

    order_id: UUID
    plan: Plan
    sentences: tuple[str, ...]
    names: Mapping[str, str]
    coupon_names: Mapping[str, str]
    token: str
    automatic: bool
    within_no_reason: bool
    restock: bool
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class RefundChanged:
    """The figures are no longer those that were seen. Nothing was refunded."""

    seen_fen: int
    now: Preview


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a member for their own order, staff (of some stores, or of all when none is named), or the external system
    that sold it, which alone can give its money back."""

    actor: str
    member_id: UUID | None = None
    store_ids: tuple[UUID, ...] = ()
    system_id: UUID | None = None

    @property
    def calls_them(self) -> str:
        """What the customer is called in words to who asks."""
        return "您" if self.member_id is not None else "顾客"


Refusal = NotFound | NotInState | Invalid | RefundImpossible
SEES = "o.merchant_id = $1 AND o.id = $2 AND ($3::uuid IS NULL OR o.member_id = $3) AND ($4::uuid[] = '{}' OR o.store_id = ANY($4))"

DEPOSIT_PAID = "(SELECT s.paid_at FROM presales s WHERE s.merchant_id = o.merchant_id AND s.id = o.presale_id AND o.deposit_fen > 0)"


async def preview(
    secret: bytes, merchant_id: UUID, order_id: UUID, units: Sequence[tuple[str, int]], asker: Asker, at: datetime
) -> Preview | Refusal:
    """能退多少: what these units would give back now, in figures and sentences. Changes nothing."""
    async with database.transaction() as tx:
        row = await _order(tx, merchant_id, order_id, asker)
        barred = _barred(row, at)
        if barred is not None or row is None:
            return barred or NotFound()
        quoted = _requoted(row)
        if not isinstance(quoted, pricing.Quote):
            return quoted
        made = await _plan(tx, row, quoted, units, asker, at, lock=False)
        return await _preview(secret, row, made, asker, at) if isinstance(made, Plan) else made


async def ask(
    secret: bytes,
    merchant_id: UUID,
    order_id: UUID,
    units: Sequence[tuple[str, int]],
    reason: str,
    token: str,
    asker: Asker,
    key: str,
    at: datetime,
) -> OrderInfo | RefundChanged | IdempotencyConflict | Refusal:
    """A customer wants money back (申请退款). A whole order that was not handed over yet is refunded at once; anything
    else waits for a clerk."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(
            tx, merchant_id, asker.actor, key, "requestRefund", [str(order_id), sorted(units), reason, token], at
        )
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            made = await _checked(tx, secret, merchant_id, order_id, units, reason, token, asker, at)
            if not isinstance(made, _Ready):
                return made
            if await refund_requests.waits(tx, made.row) is not None:
                return RefundImpossible("ASKED_ALREADY")
            if _automatic(made.row, made.plan):
                await _refund(tx, made, reason, asker.actor, None, restock=True, at=at)
            else:
                await refund_requests.write(tx, made.row, made.plan, reason, at)
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    return await get(merchant_id, order_id) or NotFound()


async def withdraw(
    merchant_id: UUID, request_id: UUID, asker: Asker, key: str, at: datetime
) -> OrderInfo | NotFound | RefundImpossible | IdempotencyConflict:
    """The customer no longer wants a refund that waits (撤回)."""
    return await _decide(merchant_id, request_id, "withdrawn", "", asker, key, "withdrawRefund", at)


async def reject(
    merchant_id: UUID, request_id: UUID, note: str, asker: Asker, key: str, at: datetime
) -> OrderInfo | NotFound | Invalid | RefundImpossible | IdempotencyConflict:
    """A clerk says no, with the reason that the customer reads (拒绝)."""
    if not 1 <= len(note.strip()) <= 100:
        return Invalid((Problem("note", "请写明拒绝的理由（1–100 个字），顾客会看到"),))
    return await _decide(merchant_id, request_id, "rejected", note.strip(), asker, key, "rejectRefund", at)


async def refund(
    secret: bytes,
    merchant_id: UUID,
    order_id: UUID,
    units: Sequence[tuple[str, int]],
    reason: str,
    token: str,
    restock: bool,
    asker: Asker,
    key: str,
    at: datetime,
    request_id: UUID | None = None,
) -> OrderInfo | RefundChanged | IdempotencyConflict | Refusal:
    """Staff refund units of an order, by themselves or as asked for (`request_id`; then the units are those asked for)."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(
            tx,
            merchant_id,
            asker.actor,
            key,
            "refundOrder",
            [str(order_id), sorted(units), reason, token, restock, str(request_id)],
            at,
        )
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            made = await _checked(tx, secret, merchant_id, order_id, units, reason, token, asker, at)
            if not isinstance(made, _Ready):
                return made
            if request_id is not None:
                asked = await tx.fetchrow(
                    "SELECT state, units FROM refund_requests WHERE merchant_id = $1 AND id = $2 AND order_id = $3",
                    merchant_id,
                    request_id,
                    order_id,
                )
                if asked is None:
                    return NotFound()
                if asked["state"] != "waiting":
                    return RefundImpossible("DECIDED_ALREADY")
                if [tuple(u) for u in asked["units"]] != list(made.plan.units):
                    return Invalid((Problem("units", "与顾客申请的商品不一致"),))
            await _refund(tx, made, reason, asker.actor, request_id, restock=restock, at=at)
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    return await get(merchant_id, order_id) or NotFound()


async def reverse(
    tx: Tx,
    secret: bytes,
    merchant_id: UUID,
    order_id: UUID,
    units: Sequence[tuple[str, int]],
    reason: str,
    asker: Asker,
    *,
    restock: bool,
    at: datetime,
) -> int | Refusal | RefundChanged:
    """An external system gives units of its own order back (all that can still come where none is named); the number of the
    batch. The caller has the request's lock."""
    if not units:
        row = await _order(tx, merchant_id, order_id, asker)
        if row is not None and row["quote"] is not None:
            left = left_of(row["quote"], await batches_of(tx, merchant_id, order_id))
            units = [(sku, qty) for sku, qty in left.items() if qty]
    made = await _checked(tx, secret, merchant_id, order_id, units, reason, None, asker, at)
    if not isinstance(made, _Ready):
        return made
    await _refund(tx, made, reason, asker.actor, None, restock=restock, at=at)
    return made.plan.number


@dataclass(frozen=True, slots=True)
class _Ready:
    """A batch that may be made: its order (locked), its frozen quote and its figures, which are those that were seen."""

    row: Mapping[str, Any]
    quoted: pricing.Quote
    plan: Plan


async def _order(tx: Tx, merchant_id: UUID, order_id: UUID, asker: Asker, lock: str = "") -> dict[str, Any] | None:
    """The order as far as this asker sees it. `ours`: the asker is who gives its money back: the system that has it, or staff
    where that system was shut out and nobody else could. `first_paid_at`: when the first of its payments was made; of the rest
    of a pre-sale that is the deposit."""
    row = await tx.fetchrow(
        f"SELECT o.*, least(o.paid_at, {DEPOSIT_PAID}) AS first_paid_at FROM orders o WHERE {SEES} {lock}",
        merchant_id,
        order_id,
        asker.member_id,
        list(asker.store_ids),
    )
    if row is not None:
        row["ours"] = row["system_id"] == asker.system_id
        if not row["ours"] and asker.system_id is None and asker.member_id is None:
            system = await merchants.system(merchant_id, row["system_id"])
            row["ours"] = system is None or system.revoked_at is not None
    return row


def _barred(row: Mapping[str, Any] | None, at: datetime) -> Refusal | None:
    """Why an order cannot be refunded at all."""
    if row is None:
        return NotFound()
    if not row["ours"]:
        return RefundImpossible("ELSEWHERE")
    if not may("refund", row["state"]):
        return NotInState(row["state"])
    if row["quote"] is None or row["request"] is None:
        return RefundImpossible("NO_FROZEN_PRICE")
    if row["first_paid_at"] is not None and at - row["first_paid_at"] > timedelta(days=REFUND_DAYS):
        return RefundImpossible("TOO_LATE")
    return None


def _requoted(row: Mapping[str, Any]) -> pricing.Quote | RefundImpossible:
    """The order's frozen quote with all that a refund needs of it."""
    try:
        return requoted(row["request"], row["quote"], STEPS)
    except NotReproducible as error:
        log.error("order_not_reproducible", order=row["number"], reason=str(error))
        return RefundImpossible("NO_FROZEN_PRICE")


async def _checked(
    tx: Tx,
    secret: bytes,
    merchant_id: UUID,
    order_id: UUID,
    units: Sequence[tuple[str, int]],
    reason: str,
    token: str | None,
    asker: Asker,
    at: datetime,
) -> _Ready | RefundChanged | Refusal:
    """Locks the order and computes the batch anew; a refusal where it may not be made as it was seen. Without a token nobody
    has seen it: it is made as it is."""
    text = crypto.verified(secret, "refund-token", token) if token is not None else ""
    if text is None:
        return Invalid((Problem("previewToken", "退款金额与页面不符，请刷新后重试"),))
    problems = check_reason(reason)
    if problems:
        return Invalid(tuple(problems))
    row = await _order(tx, merchant_id, order_id, asker)
    barred = _barred(row, at)
    if barred is not None or row is None:
        return barred or NotFound()
    quoted = _requoted(row)  # what was frozen never changes: it is priced before the lock
    if not isinstance(quoted, pricing.Quote):
        return quoted
    row = await _order(tx, merchant_id, order_id, asker, "FOR UPDATE")
    barred = _barred(row, at)
    if barred is not None or row is None:
        return barred or NotFound()
    await members.lock(tx, merchant_id, row["member_id"])
    made = await _plan(tx, row, quoted, units, asker, at, lock=True)
    if not isinstance(made, Plan):
        return made
    if token is not None and made.mark(str(order_id)) != text:
        return RefundChanged(int(text.split(":")[0]), await _preview(secret, row, made, asker, at))
    return _Ready(row, quoted, made)


async def _plan(
    tx: Tx,
    row: Mapping[str, Any],
    quoted: pricing.Quote,
    units: Sequence[tuple[str, int]],
    asker: Asker,
    at: datetime,
    *,
    lock: bool,
) -> Plan | Invalid | RefundImpossible:
    """The batch's figures; with `lock`, everything that it will move is held first, in the one order of locks. Refused where
    it would leave behind cash that WeChat would no longer give back."""
    merchant_id, order_id = row["merchant_id"], row["id"]
    earlier = await batches_of(tx, merchant_id, order_id)
    problems = check_units(units, left_of(row["quote"], earlier), charged_fen(earlier), asker.calls_them)
    if problems:
        return Invalid(tuple(problems))
    mine_of = await coupons.of_order(tx, merchant_id, order_id, earning.coupon_keys(row), at, lock=lock)
    coupon_rules = await coupons.return_rules(tx, merchant_id, order_id)
    if lock:
        await catalog.lock(tx, merchant_id, row["store_id"], [sku for sku, _ in units])
    own = {d.offer for d in quoted.request.cart.deposits}  # their uses were counted with the deposit, and stay
    took = row["quote"].get("earn_taken", {})
    named = [*(o.id for o in quoted.offers if o.id not in own), *took]
    counted = await offers.counted(tx, merchant_id, named, lock=lock)
    if lock:
        await offers.gift_quotas.lock(tx, merchant_id, quoted.request.gift_quota)
    mine, lent = ledger.member(row["member_id"]), await families.of_order(merchant_id, order_id, tx)
    if lock:
        beside = [ledger.member(part.member_id) for part in lent]
        free = await ledger.locked(tx, merchant_id, mine, _moved_units(quoted), at, beside)
    else:
        free = {unit: left for unit, (_, left) in (await ledger.balances(merchant_id, mine, at, tx)).items()}
    made = plan(
        quoted,
        earlier,
        units,
        at,
        completed=row["state"] == "completed",
        free=free,
        counted=counted,
        returned_before=[f"cpn_{c.hex}" for c in mine_of.came_back],
        coupon_rules={f"cpn_{c.hex}": rule for c, rule in coupon_rules.items()},
        granted=await earning.became(tx, row, mine_of.earned, at),
        bearing=row["quote"].get("bearing"),
        lent=[(str(part.member_id), part.left) for part in lent],
        earn_taken=took,
    )
    return RefundImpossible("LAST_CASH") if await strands(tx, row, made) else made


def _moved_units(quoted: pricing.Quote) -> list[ledger.Unit]:
    """The units of account that refunds of this order can move, in the order of locks."""
    moved = {tender.kind for tender in quoted.tenders} | {earned_unit(e.to_json())[0] for e in quoted.earn}
    return [unit for unit in UNITS if unit in moved or (unit == "refund_due" and quoted.due > 0)]


def _automatic(row: Mapping[str, Any], made: Plan) -> bool:
    """A whole order that was not handed over: nothing for a clerk to look at."""
    return row["state"] == "paid" and made.everything and row["refunds"] == 0 and not _keeps_gift(row, made)


def _keeps_gift(row: Mapping[str, Any], made: Plan) -> bool:
    return left_of(row["quote"], []) != dict(made.units)


async def _preview(secret: bytes, row: Mapping[str, Any], made: Plan, asker: Asker, at: datetime) -> Preview:
    merchant_id = row["merchant_id"]
    ids = {UUID(c.id.removeprefix("cpn_")): c.id for c in made.coupons}
    called = {ids[k]: name for k, name in (await coupons.names_of(merchant_id, list(ids))).items()}
    told = [*(sku for sku, _ in made.units), *(sku for _, sku, *_ in made.charged)]
    names = {sku: p.name for sku, p in (await catalog.by_skus(merchant_id, told)).items()}
    had = row["completed_at"] or at
    return Preview(
        row["id"],
        made,
        tuple(sentences(made, names, called, elsewhere=row["system_id"] is not None, whose=asker.calls_them)),
        names,
        called,
        crypto.sign(secret, "refund-token", made.mark(str(row["id"]))),
        _automatic(row, made),
        at - had <= timedelta(days=NO_REASON_DAYS),
        row["state"] == "paid" and row["takes_stock"],
        row["system_id"] is not None,
    )


async def _decide(
    merchant_id: UUID,
    request_id: UUID,
    after: Literal["withdrawn", "rejected"],
    note: str,
    asker: Asker,
    key: str,
    command: str,
    at: datetime,
) -> OrderInfo | NotFound | RefundImpossible | IdempotencyConflict:
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, asker.actor, key, command, [str(request_id), note], at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        order_id = await tx.fetchval(
            "SELECT order_id FROM refund_requests WHERE merchant_id = $1 AND id = $2", merchant_id, request_id
        )
        row = await _order(tx, merchant_id, order_id, asker, "FOR UPDATE") if order_id else None
        if row is None:
            return NotFound()
        if not isinstance(begun, Replay):
            if not await refund_requests.end(tx, row, request_id, after, note or None, asker.actor, at):
                return RefundImpossible("DECIDED_ALREADY")
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(row["id"])})
    return await get(merchant_id, row["id"]) or NotFound()


async def _refund(
    tx: Tx, made: _Ready, reason: str, actor: str, request_id: UUID | None, *, restock: bool, at: datetime
) -> None:
    """Makes the batch: everything it gives back, in one transaction (O4)."""
    row, now, refund_id = made.row, made.plan, new_id()
    restock = restock and row["takes_stock"]  # nothing is put on a shelf that it never left
    merchant_id, order_id, member_id = row["merchant_id"], row["id"], row["member_id"]
    await tx.execute(
        "INSERT INTO refunds (id, merchant_id, order_id, number, request_id, units, spent, outcome, refund_fen, withheld_fen, cash_fen, restocked, reason, actor, at)"
        " VALUES ($1,$2,$3,$4,$5,$6::jsonb,$7::jsonb,$8::jsonb,$9,$10,$11,$12,$13,$14,$15)",
        refund_id,
        merchant_id,
        order_id,
        now.number,
        request_id,
        database.dumps(now.units),
        database.dumps(now.spent),
        database.dumps(outcome(now)),
        now.refund,
        now.withheld,
        now.cash,
        restock,
        reason.strip(),
        actor,
        at,
    )
    await tx.execute(
        "UPDATE orders SET refunded_fen = refunded_fen + $3, refunds = refunds + 1, state = CASE WHEN $4 THEN 'refunded' ELSE state END,"
        " refunded_at = CASE WHEN $4 THEN $5::timestamptz END WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        order_id,
        now.refund,
        now.everything,
        at,
    )
    if now.everything:
        await members.count_order(tx, merchant_id, member_id, -1)
    if request_id is not None:
        await refund_requests.end(tx, row, request_id, "done", None, actor, at)
    less = {UUID(offer.removeprefix("cpn_")): fen for offer, _, fen in now.offs if offer.startswith("cpn_")}
    await coupons.take_less(tx, merchant_id, order_id, less)
    ends = {UUID(c.id.removeprefix("cpn_")): c.ends for c in now.coupons if c.back}
    await coupons.give_back(tx, merchant_id, order_id, ends, actor, at)
    clawed = [c for c in now.clawed if c.unit == "coupon" and c.taken]
    for c in clawed:
        taken = now.granted[c.offer].ids[: c.taken]
        await coupons.claw_back(tx, merchant_id, member_id, taken, order_id, actor, at)
    if restock:
        await catalog.take_back(tx, merchant_id, row["store_id"], dict(now.units))
    await offers.give_back(tx, merchant_id, member_id, dict(now.uses), row["placed_at"], at)
    await offers.gift_quotas.give_back(tx, merchant_id, dict(now.gifts), at)
    await book_batch(tx, row, now, at)
    if now.completed:
        await take_back_growth(tx, row, now, at)
    restocked = dict(now.units) if restock else {}
    await books.book_refund(tx, row, now.number, outcome(now), now.by_line, now.borne, restocked, at)
    await pay_out(tx, row, now, refund_id, reason, at)
    await _overtaken(tx, row, made.quoted, actor, at, everything=now.everything)
    await outbox.emit(tx, merchant_id, f"order:{order_id}", event_of(row, now, at), at)
    gave = {offer: fen for offer, _, fen in now.offs if offer in row["request"].get("budget", {})}
    gave |= dict(now.brings)
    await offers.budgets.bring_back(tx, merchant_id, order_id, row["number"], now.number, gave, at)


async def _overtaken(
    tx: Tx, row: Mapping[str, Any], quoted: pricing.Quote, actor: str, at: datetime, *, everything: bool = False
) -> None:
    """A request that waits and that nobody could approve any more ends with the reason that the customer reads; it would keep
    them from asking for the rest: its goods are no longer all there, or of its payment WeChat gives cash back once more only and
    it is for a part. One that can still be met (without cash, or for all that is left) waits on. The order is locked."""
    waiting = await refund_requests.waits(tx, row)
    if waiting is None:
        return
    left = {} if everything else left_of(row["quote"], await batches_of(tx, row["merchant_id"], row["id"]))
    why = why_closed(waiting["units"], left)
    if why is None:
        now = await _plan(tx, row, quoted, _pairs(waiting["units"]), Asker(actor), at, lock=False)
        why = LAST_ONLY if now == RefundImpossible("LAST_CASH") else None
    if why is not None:
        await refund_requests.end(tx, row, waiting["id"], "closed", why, actor, at)


def _pairs(units: Sequence[Sequence[Any]]) -> list[tuple[str, int]]:
    return [(sku, qty) for sku, qty in units]


async def retry_payout(
    merchant_id: UUID, payout_id: UUID, key: str, actor: str, at: datetime, store_ids: Sequence[UUID] = ()
) -> UUID | payouts.NoPayout | payouts.PayoutNotFailed | IdempotencyConflict:
    """Sends a failed payout again; answers with its order, or its pre-sale. What WeChat closed gets a new number there, which may
    be the last but one of its payment: a request for a part that waits then ends."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "retryPayout", str(payout_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        of = await payouts.order_of(tx, merchant_id, payout_id)
        row = await _order(tx, merchant_id, of, Asker(actor), "FOR UPDATE") if of else None
        about = await payouts.send_again(tx, merchant_id, payout_id, at, store_ids, replayed=isinstance(begun, Replay))
        if isinstance(about, UUID) and not isinstance(begun, Replay):
            if row is not None and await refund_requests.waits(tx, row) is not None:
                quoted = _requoted(row)
                if isinstance(quoted, pricing.Quote):
                    await _overtaken(tx, row, quoted, actor, at)
            await idempotency.finish(tx, begun, {"type": "Payout", "id": str(payout_id)})
    return about


__all__ = [
    "Asker",
    "BatchInfo",
    "Preview",
    "RefundChanged",
    "RefundImpossible",
    "RequestInfo",
    "ask",
    "of_orders",
    "preview",
    "refund",
    "refundable",
    "reject",
    "request",
    "requests_of",
    "retry_payout",
    "reverse",
    "still_earned",
    "still_had",
    "withdraw",
]
