"""核算: orders and refunds in the merchant's journal, a day's export and what it must agree with (B09, O7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend import catalog, coupons, merchants, pricing
from backend.kit import database
from backend.kit.clock import day_start
from backend.kit.database import Tx
from backend.ledger import JournalEntry, JournalLine, journal
from backend.orders.bearing_rules import Borne
from backend.orders.book_rules import (
    LIABILITIES,
    NAMES,
    ByLine,
    completion_lines,
    deposit_lines,
    forfeit_lines,
    modes_of,
    payment_lines,
    refund_lines,
    restock_lines,
)
from backend.orders.discounts_back_rules import borne_back, by_line
from backend.orders.quoting import STEPS
from backend.orders.refund_rules import Batch, earned_so_far, requoted
from backend.orders.rules import units_of

Row = Mapping[str, Any]


def _rate(row: Row) -> int:
    return int(row["request"]["policy"]["points_per_yuan_off"])


async def book_payment(tx: Tx, row: Row, at: datetime) -> None:
    """A paid order: sales at list, discounts by level and mode, how it was paid, what the goods cost."""
    await _book(tx, row, "payment", "payment", at, await _paid(tx, row))


async def _paid(tx: Tx, row: Row) -> list[JournalLine]:
    """What its payment is in the books, at the costs of today."""
    costs = await catalog.costs(tx, row["merchant_id"], list(units_of(row["quote"])))
    through = "external" if row["system_id"] else ""
    return payment_lines(row["quote"], modes_of(row["request"]), costs, through, row["deposit_fen"])


async def book_completion(tx: Tx, row: Row, earned: Sequence[tuple[str, str, int]], at: datetime) -> None:
    """A completed order: what it granted is owed."""
    lines = completion_lines(earned, modes_of(row["request"]), _rate(row))
    if lines:
        await _book(tx, row, "completion", "completion", at, lines)


async def book_refund(
    tx: Tx,
    row: Row,
    number: int,
    outcome: Row,
    lines: ByLine,
    borne: Sequence[Borne],
    restocked: Mapping[str, int],
    at: datetime,
) -> None:
    """A batch of a refund, and the units of it that went back on the shelf."""
    booked = refund_lines(outcome, lines, row["quote"], modes_of(row["request"]), _rate(row), borne)
    if restocked:
        # an order of before the journal may be refunded before `catch_up` has booked its payment
        paid = await journal.of_order(tx, row["merchant_id"], _key(row, "payment")) or await _paid(tx, row)
        booked += restock_lines(paid, row["quote"], restocked, lines)
    await _book(tx, row, "refund", f"refund:{number}", at, booked)


async def book_deposit(tx: Tx, presale: Row, at: datetime) -> None:
    """A deposit that was paid (预售)."""
    await _book_presale(tx, presale, "deposit", deposit_lines(presale["deposit_fen"]), at)


async def book_forfeit(tx: Tx, presale: Row, kept_fen: int, at: datetime) -> None:
    """What of a deposit the customer has lost; what goes back stands in the ledger (`deposit_return`)."""
    if kept_fen:
        await _book_presale(tx, presale, "forfeit", forfeit_lines(kept_fen), at)


async def _book_presale(tx: Tx, presale: Row, what: str, lines: Sequence[JournalLine], at: datetime) -> None:
    await journal.book(
        tx,
        presale["merchant_id"],
        kind=what,
        business_key=f"presale:{presale['id']}:{what}",
        order_id=None,
        at=at,
        memo={"presale": presale["number"]},
        lines=lines,
    )


def _key(row: Row, what: str) -> str:
    return f"order:{row['id']}:{what}"


async def _book(tx: Tx, row: Row, kind: str, what: str, at: datetime, lines: Sequence[JournalLine]) -> None:
    await journal.book(
        tx,
        row["merchant_id"],
        kind=kind,
        business_key=_key(row, what),
        order_id=row["id"],
        at=at,
        memo={"order": row["number"]},
        lines=lines,
    )


PAGE = 500


async def catch_up() -> int:
    """Books orders that were paid before there was a journal, with all that became of them; how many. Imported past orders
    have no frozen price and are never booked. Costs are those of today."""
    done, after = 0, UUID(int=0)
    while rows := await database.fetch(
        "SELECT merchant_id, id FROM orders WHERE quote IS NOT NULL AND paid_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2",
        after,
        PAGE,
    ):
        after = rows[-1]["id"]
        booked = await journal.known([(row["merchant_id"], _key(row, "payment")) for row in rows])
        for found in (row for row in rows if _key(row, "payment") not in booked):
            async with database.transaction() as tx:
                row = await tx.fetchrow(
                    "SELECT * FROM orders WHERE merchant_id = $1 AND id = $2 FOR UPDATE",
                    found["merchant_id"],
                    found["id"],
                )
                assert row is not None, "orders stay"
                await _catch_up(tx, row)
            done += 1
    return done


async def _catch_up(tx: Tx, row: Row) -> None:
    await book_payment(tx, row, row["paid_at"])
    kept = await tx.fetch(
        "SELECT number, at, units, spent, outcome, restocked FROM refunds WHERE merchant_id = $1 AND order_id = $2 ORDER BY number",
        row["merchant_id"],
        row["id"],
    )
    if row["completed_at"] is not None:
        before = [r["outcome"] for r in kept if not r["outcome"]["completed"]]
        await book_completion(tx, row, earned_so_far(row["quote"], before), row["completed_at"])
    if kept:
        quoted = requoted(row["request"], row["quote"], STEPS)
        returns = [Batch.of(r).as_return() for r in kept]
        batches = pricing.reverse(quoted, returns)
        for n, r in enumerate(kept):
            lines = by_line(quoted, batches[: n + 1])
            restocked = dict(_pairs(r["units"])) if r["restocked"] else {}
            borne = borne_back(quoted, batches[: n + 1], row["quote"].get("bearing"))
            await book_refund(tx, row, r["number"], r["outcome"], lines, borne, restocked, r["at"])


def _pairs(units: Sequence[Sequence[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((sku, qty) for sku, qty in units)


@dataclass(frozen=True, slots=True)
class Check:
    """A figure of the day as the journal has it and as the orders and refunds have it, fen."""

    what: str
    journal: int
    orders: int

    @property
    def holds(self) -> bool:
        return self.journal == self.orders


@dataclass(frozen=True, slots=True)
class SkuDay:
    """One article on one day, fen: list price of what was sold less what returned, discounts, what was left of both (net),
    what the goods cost, what suppliers bear of the discounts, and what remains."""

    sku: str
    list_fen: int
    discount_fen: int
    net_fen: int
    cost_fen: int
    supplier_fen: int
    gross_profit_fen: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day's journal in the merchant's time zone. `totals`: account → (debit, credit). `unbooked`: imported past orders of
    the day, which have no frozen price."""

    day: date
    time_zone: str
    entries: tuple[JournalEntry, ...]
    totals: Mapping[str, tuple[int, int]]
    discounts: Mapping[tuple[str, str, str], int]
    skus: tuple[SkuDay, ...]
    checks: tuple[Check, ...]
    unbooked: int

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "time_zone": self.time_zone,
            "reconciles": self.holds,
            "checks": [{**asdict(check), "holds": check.holds} for check in self.checks],
            "totals": [{"account": a, "debit_fen": d, "credit_fen": c} for a, (d, c) in self.totals.items()],
            "discounts": [
                {"level": level, "mode": mode, "offer": offer, "fen": fen}
                for (level, mode, offer), fen in self.discounts.items()
            ],
            "skus": [asdict(sku) for sku in self.skus],
            "unbooked_imported_orders": self.unbooked,
            "entries": [
                {
                    "key": e.business_key,
                    "kind": e.kind,
                    "at": e.at.isoformat(),
                    "order": e.memo.get("order") or e.memo.get("presale"),
                    "lines": [asdict(line) for line in e.lines],
                }
                for e in self.entries
            ],
        }


async def day_of(merchant_id: UUID, day: date) -> Day:
    """The journal of one day with its totals, and whether they agree with the day's orders and refunds to the fen."""
    tz = (await merchants.get(merchant_id)).time_zone
    since, until = day_start(day, tz), day_start(day + timedelta(days=1), tz)
    entries = await journal.between(merchant_id, since, until)
    totals: dict[str, list[int]] = {}
    discounts: dict[tuple[str, str, str], int] = {}
    for line in (line for entry in entries for line in entry.lines):
        total = totals.setdefault(line.account, [0, 0])
        total[0 if line.fen > 0 else 1] += abs(line.fen)
        if line.account in ("discount", "points_expense", "red_packet_expense"):
            key = line.level, line.mode, line.offer
            discounts[key] = discounts.get(key, 0) + line.fen
    imported = await database.fetchval(
        "SELECT count(*) FROM orders WHERE merchant_id = $1 AND quote IS NULL AND paid_at >= $2 AND paid_at < $3",
        merchant_id,
        since,
        until,
    )
    return Day(
        day,
        tz,
        tuple(entries),
        {account: (total[0], total[1]) for account, total in sorted(totals.items())},
        dict(sorted(discounts.items())),
        tuple(_by_sku(entries)),
        tuple(await _checks(merchant_id, entries, since, until)),
        imported,
    )


def _by_sku(entries: Sequence[JournalEntry]) -> list[SkuDay]:
    sums: dict[str, dict[str, int]] = {}
    for line in (line for entry in entries for line in entry.lines if line.sku):
        its = sums.setdefault(line.sku, {})
        its[line.account] = its.get(line.account, 0) + line.fen
    found = []
    for sku, its in sorted(sums.items()):
        listed, off = -its.get("sales", 0), its.get("discount", 0)
        net = listed - off - its.get("refund_difference", 0)
        cost, borne = its.get("cost", 0) + its.get("gift_cost", 0), -its.get("supplier_share", 0)
        found.append(SkuDay(sku, listed, off, net, cost, borne, net + borne - cost))
    return found


async def _checks(merchant_id: UUID, entries: Sequence[JournalEntry], since: datetime, until: datetime) -> list[Check]:
    def booked(kind: str, *accounts: str, level: str | None = None) -> int:
        return sum(
            line.fen
            for entry in entries
            if entry.kind == kind and entry.order_id is not None
            for line in entry.lines
            if line.account in accounts and (level is None or (line.level == "SHIPPING") == (level == "SHIPPING"))
        )

    sold = await database.fetchrow(
        "SELECT coalesce(sum(list_fen), 0)::bigint AS list, coalesce(sum(list_fen - goods_fen), 0)::bigint AS saved, coalesce(sum(shipping_fen), 0)::bigint AS shipping,"
        " coalesce(sum(due_fen), 0)::bigint AS due, coalesce(sum(payable_fen - due_fen - deposit_fen), 0)::bigint AS tenders, coalesce(sum(deposit_fen), 0)::bigint AS deposits FROM orders"
        " WHERE merchant_id = $1 AND quote IS NOT NULL AND paid_at >= $2 AND paid_at < $3",
        merchant_id,
        since,
        until,
    )
    back = await database.fetchrow(
        "SELECT coalesce(sum(refund_fen), 0)::bigint AS refund, coalesce(sum(withheld_fen), 0)::bigint AS withheld, coalesce(sum(cash_fen), 0)::bigint AS cash"
        " FROM refunds WHERE merchant_id = $1 AND at >= $2 AND at < $3",
        merchant_id,
        since,
        until,
    )
    borne = await database.fetchval(
        "SELECT coalesce(sum((x.value->>1)::bigint), 0)::bigint FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'bearing'->'parts') p"
        " CROSS JOIN LATERAL jsonb_array_elements(p.value->2) x WHERE o.merchant_id = $1 AND o.quote ? 'bearing' AND o.paid_at >= $2 AND o.paid_at < $3"
        " AND x.value->>0 <> ''",
        merchant_id,
        since,
        until,
    )
    assert sold is not None and back is not None
    income = ("sales", "shipping", "discount", "refund_difference")
    deposits = await _deposits(merchant_id, since, until)

    def of_presales(kind: str, account: str) -> int:
        return sum(line.fen for e in entries if e.kind == kind for line in e.lines if line.account == account)

    return [
        Check("debit less credit of all entries", sum(line.fen for e in entries for line in e.lines), 0),
        Check("goods at list price", -booked("payment", "sales"), sold["list"]),
        Check("saved on goods", booked("payment", "discount", level="GOODS"), sold["saved"]),
        Check(
            "shipping",
            -booked("payment", "shipping") - booked("payment", "discount", level="SHIPPING"),
            sold["shipping"],
        ),
        Check("paid in cash", booked("payment", "cash"), sold["due"]),
        Check("paid by points, balance and red packets", booked("payment", *LIABILITIES), sold["tenders"]),
        Check("borne by suppliers", booked("payment", "supplier_receivable"), borne),
        Check("paid by deposits of pre-sales", booked("payment", "deposit_liability"), sold["deposits"]),
        Check("deposits received", of_presales("deposit", "cash"), deposits["received"]),
        Check("deposits forfeited", -of_presales("forfeit", "deposit_forfeited"), deposits["kept"]),
        Check("deposits given back", of_presales("deposit_return", "deposit_liability"), deposits["returned"]),
        Check("paid beside deposits", of_presales("deposit_penalty", "deposit_penalty"), deposits["extra"]),
        Check("refunded", booked("refund", *income), back["refund"]),
        Check("withheld of refunds", -booked("refund", "withheld"), back["withheld"]),
        Check("cash of refunds", -booked("refund", "refund_due"), back["cash"]),
    ]


async def _deposits(merchant_id: UUID, since: datetime, until: datetime) -> Row:
    """What pre-sales of the span say of their deposits, fen."""
    found = await database.fetchrow(
        "SELECT coalesce(sum(deposit_fen) FILTER (WHERE paid_at >= $2 AND paid_at < $3), 0)::bigint AS received,"
        " coalesce(sum(kept_fen) FILTER (WHERE ended_at >= $2 AND ended_at < $3), 0)::bigint AS kept,"
        " coalesce(sum(returned_fen) FILTER (WHERE ended_at >= $2 AND ended_at < $3), 0)::bigint AS returned,"
        " coalesce(sum(extra_fen) FILTER (WHERE ended_at >= $2 AND ended_at < $3), 0)::bigint AS extra FROM presales WHERE merchant_id = $1",
        merchant_id,
        since,
        until,
    )
    assert found is not None, "sums are one row"
    return found


CSV_HEAD = (
    "day", "at", "entry", "kind", "order", "account", "account_name", "level", "mode", "offer", "sku", "supplier", "debit_fen", "credit_fen",
)  # fmt: skip


def csv_rows(day: Day) -> list[tuple[str, ...]]:
    """One row for each line of the day's entries, under `CSV_HEAD`; instants in the merchant's time zone. No cell is a
    formula."""
    zone = ZoneInfo(day.time_zone)
    return [
        (
            day.day.isoformat(),
            entry.at.astimezone(zone).isoformat(),
            entry.business_key,
            entry.kind,
            coupons.no_formula(str(entry.memo.get("order") or entry.memo.get("presale") or "")),
            line.account,
            NAMES[line.account],
            line.level,
            line.mode,
            coupons.no_formula(line.offer),
            coupons.no_formula(line.sku),
            coupons.no_formula(line.supplier),
            str(max(0, line.fen)),
            str(max(0, -line.fen)),
        )
        for entry in day.entries
        for line in entry.lines
    ]
