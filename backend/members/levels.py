"""会员等级: growth value in the ledger, levels that follow from it, schemes in versions (B04, docs/decisions/0018-levels.md).

Growth moves here alone, with the member's row locked: the row keeps what the level at a moment is read from, so a level is
right whenever it is asked for. Lock order: member → accounts (growth, the last unit of account).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend import events, ledger, merchants
from backend.kit import database, idempotency, outbox
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.ledger import looks
from backend.members.level_rules import (
    BASE,
    DEFAULT,
    MOST_GROWTH,
    Problem,
    Scheme,
    Standing,
    Why,
    chased,
    check_scheme,
    growth_of,
    level_at,
    moved,
    settled,
    spend,
    to_take_back,
    unspend,
)

ROW = "m.level, m.level_until, m.growth, m.growth_period, m.completed_orders, m.growth_owed, m.growth_spent"
"""What a standing is read from."""
POLICY = (
    "(SELECT p.{} FROM member_policies p WHERE p.merchant_id = {} AND p.kind = '{}' ORDER BY p.version DESC LIMIT 1)"
)


@dataclass(frozen=True, slots=True)
class LevelMoveInfo:
    """One change of a level, with the growth that there was then."""

    id: UUID
    member_id: UUID
    before: str
    after: str
    why: Why
    growth: int
    in_period: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SchemeInfo:
    scheme: Scheme
    version: int
    actor: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """Where a member stands: the scheme, the figures, the merchant's time zone."""

    scheme: Scheme
    standing: Standing
    tz: str


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class MemberMissing:
    pass


def standing_of(row: Mapping[str, Any]) -> Standing:
    """The standing in a row that was read with `ROW`."""
    figures = (row[name] for name in ("growth", "growth_period", "completed_orders", "growth_owed", "growth_spent"))
    return Standing(row["level"], row["level_until"], *figures)


def held(found: Ladder, at: datetime) -> Standing:
    """The standing brought to `at`: its level is the one that holds."""
    return settled(found.scheme, found.standing, at, found.tz)


async def scheme_info(merchant_id: UUID) -> SchemeInfo:
    """The scheme in force; version 0 is the default."""
    row = await database.fetchrow(
        "SELECT definition, version, actor, at FROM member_policies WHERE merchant_id = $1 AND kind = 'levels' ORDER BY version DESC LIMIT 1",
        merchant_id,
    )
    return SchemeInfo(Scheme.from_json(row["definition"]), *list(row)[1:]) if row else SchemeInfo(DEFAULT, 0, "", None)


async def level_names(merchant_id: UUID) -> dict[str, str]:
    """Names of levels by id, from the lowest."""
    return {level.id: level.name for level in (await scheme_info(merchant_id)).scheme.levels}


async def comes_first(tx: Tx, merchant_id: UUID, level: str) -> bool:
    """Whether orders of this level come first in the stores' list 优先配送."""
    return (await _terms(tx, merchant_id))[0].named(level).priority


async def _terms(tx: Tx, merchant_id: UUID) -> tuple[Scheme, int, str]:
    row = await tx.fetchrow(
        "SELECT definition, version FROM member_policies WHERE merchant_id = $1 AND kind = 'levels' ORDER BY version DESC LIMIT 1",
        merchant_id,
    )
    tz = (await merchants.get(merchant_id)).time_zone
    return (Scheme.from_json(row["definition"]), row["version"], tz) if row else (DEFAULT, 0, tz)


async def ladder(merchant_id: UUID, member_id: UUID) -> Ladder | None:
    """Where a member stands; None when there is no such member."""
    found = await ladders(merchant_id, [member_id])
    return found.get(member_id)


async def ladders(merchant_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, Ladder]:
    """Where members stand, in one look-up."""
    rows = await database.fetch(
        f"SELECT m.id, {ROW}, {POLICY.format('definition', '$1', 'levels')} AS definition FROM members m WHERE m.merchant_id = $1 AND m.id = ANY($2::uuid[])",
        merchant_id,
        list(member_ids),
    )
    tz = (await merchants.get(merchant_id)).time_zone
    return {row["id"]: Ladder(Scheme.from_json(row["definition"]), standing_of(row), tz) for row in rows}


async def order_completed(
    tx: Tx, merchant_id: UUID, member_id: UUID, order_id: UUID, number: str, base_fen: int, at: datetime
) -> None:
    """A completed order brings growth for `base_fen`, once, and the level that follows, in the caller's transaction. The caller
    holds the member's lock and no account of unit growth."""
    scheme, version, tz = await _terms(tx, merchant_id)
    amount = growth_of(base_fen, scheme.per_yuan)
    before = now = await _locked(tx, merchant_id, member_id)
    if amount:
        key = f"growth:{order_id}"
        await _transfer(tx, merchant_id, member_id, amount, "earn", key, at, {"order": number})
        amount, now = await _repaid(tx, merchant_id, member_id, now, amount, key, at)
    after = moved(scheme, settled(scheme, now, at, tz), at, tz, growth=amount, orders=1)
    why: Why = "first_order" if scheme.named(after.level).needs == "first_order" else "growth"
    await _keep(tx, merchant_id, member_id, scheme, version, tz, before, after, why, at)


async def order_refunded(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    order_id: UUID,
    number: str,
    batch: int,
    *,
    base_fen: int,
    kept_fen: int,
    completed_at: datetime,
    everything: bool,
    at: datetime,
) -> None:
    """A refund of a completed order takes back what the money that is kept would not have earned, as far as it is there. What
    was earned in an earlier period leaves the growth of this one alone. Levels fall when the period ends, not before."""
    key = f"growth:{order_id}"
    scheme, version, tz = await _terms(tx, merchant_id)
    before = await _locked(tx, merchant_id, member_id)
    earlier = [f"{key}:{n}{part}" for n in range(1, batch) for part in ("", ":owed")]
    gone = await looks.amounts(tx, merchant_id, [key, *earlier])
    earned = gone.pop(key, 0)
    due = to_take_back(earned, sum(gone.values()), base_fen, kept_fen)
    amount = min(due, before.growth)
    if amount:
        memo = {"order": number, "batch": batch}
        await _transfer(tx, merchant_id, member_id, -amount, "claw_back", f"{key}:{batch}", at, memo)
    held = await _owed(tx, merchant_id, member_id, before, due - amount, f"{key}:{batch}", at)
    now = settled(scheme, held, at, tz)
    mine = now.until is not None and settled(scheme, replace(before, until=None), completed_at, tz).until == now.until
    after = moved(scheme, now, at, tz, growth=-amount, counts=mine, orders=-1 if everything else 0)
    await _keep(tx, merchant_id, member_id, scheme, version, tz, before, after, "growth", at)


async def deserved(
    tx: Tx, merchant_id: UUID, member_id: UUID, amount: int, key: str, memo: Mapping[str, Any], at: datetime
) -> None:
    """Growth for what a member did beside buying, once for each key, and the level that follows. The caller holds the member's lock
    and no account of unit growth."""
    scheme, version, tz = await _terms(tx, merchant_id)
    before = await _locked(tx, merchant_id, member_id)
    await _transfer(tx, merchant_id, member_id, amount, "deed", key, at, memo)
    amount, now = await _repaid(tx, merchant_id, member_id, before, amount, key, at)
    after = moved(scheme, settled(scheme, now, at, tz), at, tz, growth=amount)
    await _keep(tx, merchant_id, member_id, scheme, version, tz, before, after, "growth", at)


async def undeserved(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    amount: int,
    key: str,
    memo: Mapping[str, Any],
    earned_at: datetime,
    at: datetime,
) -> int:
    """Takes such growth back as far as it is there, and tells how much; what was earned in an earlier period leaves the growth of this
    one alone. Levels fall when the period ends, not before."""
    scheme, version, tz = await _terms(tx, merchant_id)
    before = await _locked(tx, merchant_id, member_id)
    gone = min(amount, before.growth)
    if gone:
        await _transfer(tx, merchant_id, member_id, -gone, "deed_back", key, at, memo)
    held = await _owed(tx, merchant_id, member_id, before, amount - gone, key, at)
    now = settled(scheme, held, at, tz)
    mine = now.until is not None and settled(scheme, replace(before, until=None), earned_at, tz).until == now.until
    after = moved(scheme, now, at, tz, growth=-gone, counts=mine)
    await _keep(tx, merchant_id, member_id, scheme, version, tz, before, after, "growth", at)
    return gone


async def free_growth(tx: Tx, merchant_id: UUID, member_id: UUID) -> int:
    """Growth that may be exchanged, while the member is locked; it moves with that lock alone."""
    return (await _locked(tx, merchant_id, member_id)).growth


async def spend_growth(
    tx: Tx, merchant_id: UUID, member_id: UUID, amount: int, key: str, memo: Mapping[str, Any], at: datetime
) -> None:
    """Growth for something else, once for each key (docs/decisions/0027-growth-exchanged.md). The caller holds the member's lock,
    has asked `free_growth`, and holds no account of unit growth."""
    scheme, version, tz = await _terms(tx, merchant_id)
    before = await _locked(tx, merchant_id, member_id)
    now = settled(scheme, before, at, tz)
    after = spend(now, amount)
    said = {**memo, "of_period": now.in_period - after.in_period, "until": now.until.isoformat() if now.until else None}
    await _transfer(tx, merchant_id, member_id, -amount, "exchange", key, at, said)
    await _keep(tx, merchant_id, member_id, scheme, version, tz, before, after, "growth", at)


async def unspend_growth(
    tx: Tx, merchant_id: UUID, member_id: UUID, spent_by: str, key: str, memo: Mapping[str, Any], at: datetime
) -> None:
    """What the spending under `spent_by` took comes back: to its period, where that is still the present one; what is owed is
    paid first."""
    scheme, version, tz = await _terms(tx, merchant_id)
    before = await _locked(tx, merchant_id, member_id)
    now = settled(scheme, before, at, tz)
    amount, said = await looks.told(tx, merchant_id, spent_by)
    mine = now.until is not None and said["until"] == now.until.isoformat()
    await _transfer(tx, merchant_id, member_id, amount, "exchange_back", key, at, memo)
    after = unspend(now, amount, said["of_period"] if mine else 0)
    left, after = await _repaid(tx, merchant_id, member_id, after, amount, key, at)
    after = moved(scheme, after, at, tz, growth=left - amount)
    await _keep(tx, merchant_id, member_id, scheme, version, tz, before, after, "growth", at)


async def _owed(
    tx: Tx, merchant_id: UUID, member_id: UUID, standing: Standing, short: int, key: str, at: datetime
) -> Standing:
    """What a refund takes back after it was exchanged is owed: a book of its own, so that growth is never below zero. What is not there
    because staff took it is written down there and forgiven at once: neither is it owed, nor does the order's next refund ask for it."""
    if short <= 0:
        return standing
    owed = chased(standing, short, await _taken_by_staff(tx, merchant_id, member_id))
    await _transfer(tx, merchant_id, member_id, short, "owed", f"{key}:owed", at, {}, "growth_owed")
    if owed < short:
        await _transfer(tx, merchant_id, member_id, owed - short, "forgiven", f"{key}:forgiven", at, {}, "growth_owed")
    return replace(standing, owed=standing.owed + owed)


async def _taken_by_staff(tx: Tx, merchant_id: UUID, member_id: UUID) -> int:
    """Growth that staff took from a member, on balance, less what refunds were forgiven for it."""
    kinds = ("by_hand", "forgiven")
    came = await looks.sums(tx, merchant_id, ledger.member(member_id), ("growth", "growth_owed"), kinds)
    return max(0, came.get("forgiven", 0) - came.get("by_hand", 0))


async def _repaid(
    tx: Tx, merchant_id: UUID, member_id: UUID, standing: Standing, came: int, key: str, at: datetime
) -> tuple[int, Standing]:
    """(how much of the growth that came is the member's, the standing with what is owed less): what is owed is paid first."""
    paid = min(came, standing.owed)
    if paid > 0:
        memo = {"text": f"补上退款时已兑换掉的 {paid} 成长值"}
        await _transfer(tx, merchant_id, member_id, -paid, "repaid", f"{key}:repaid", at, memo)
        await _transfer(tx, merchant_id, member_id, -paid, "repaid", f"{key}:settled", at, {}, "growth_owed")
    return came - paid, replace(standing, owed=standing.owed - paid)


async def adjust(
    merchant_id: UUID, actor: str, member_id: UUID, amount: int, reason: str, key: str, at: datetime
) -> Ladder | Invalid | MemberMissing | IdempotencyConflict:
    """Growth by hand, up or down, with a reason that the customer reads."""
    problems = []
    if amount == 0 or abs(amount) > MOST_GROWTH:
        problems.append(Problem("growth", f"调整量须为 1–{MOST_GROWTH} 成长值，可正可负"))
    if not 2 <= len(reason.strip()) <= 100:
        problems.append(Problem("reason", "请写明原因（2–100 个字），顾客会看到"))
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        wish = [str(member_id), amount, reason.strip()]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "adjustGrowth", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            there = await tx.fetchrow(
                f"SELECT {ROW} FROM members m WHERE m.merchant_id = $1 AND m.id = $2 FOR NO KEY UPDATE",
                merchant_id,
                member_id,
            )
            if there is None:
                return MemberMissing()
            before = standing_of(there)
            if before.growth + amount < 0:
                return Invalid((Problem("growth", f"会员只有 {before.growth} 成长值，最多减这么多"),))
            scheme, version, tz = await _terms(tx, merchant_id)
            memo = {"text": f"{reason.strip()}（人工调整）", "actor": actor}
            by_hand, now = f"growth_by_hand:{begun.record_id}", before
            await _transfer(tx, merchant_id, member_id, amount, "by_hand", by_hand, at, memo)
            if amount > 0:
                amount, now = await _repaid(tx, merchant_id, member_id, before, amount, by_hand, at)
            after = moved(scheme, settled(scheme, now, at, tz), at, tz, growth=amount)
            await _keep(tx, merchant_id, member_id, scheme, version, tz, before, after, "by_hand", at)
            await idempotency.finish(tx, begun, {"type": "MemberLevel", "id": str(member_id)})
    return await ladder(merchant_id, member_id) or MemberMissing()


async def set_scheme(
    merchant_id: UUID, actor: str, scheme: Scheme, key: str, at: datetime
) -> SchemeInfo | Invalid | IdempotencyConflict:
    """A new version of the scheme, in force at once: who reaches more has it at once, nobody loses a level before the period
    ends. Refused with every problem; a level that somebody holds cannot be taken out."""
    problems = check_scheme(scheme)
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "setLevelScheme", scheme.to_json(), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            # one change at a time, so that versions follow one another
            await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 18))", f"levels:{merchant_id}")
            old, version, _ = await _terms(tx, merchant_id)
            held = await tx.fetch(
                "SELECT level, count(*) AS n FROM members WHERE merchant_id = $1 AND NOT level = ANY($2::text[]) GROUP BY level ORDER BY level",
                merchant_id,
                [level.id for level in scheme.levels],
            )
            if held:
                words = "、".join(f"「{old.named(row['level']).name}」还有 {row['n']} 位会员" for row in held)
                return Invalid((Problem("levels", f"{words}，不能去掉这个等级：可以改它的名称或门槛"),))
            await tx.execute(
                "INSERT INTO member_policies (id, merchant_id, kind, version, definition, actor, at) VALUES ($1, $2, 'levels', $3, $4::jsonb, $5, $6)",
                new_id(),
                merchant_id,
                version + 1,
                scheme.to_json(),
                actor[:60],
                at,
            )
            await idempotency.finish(tx, begun, {"type": "LevelScheme", "id": str(version + 1)})
    return await scheme_info(merchant_id)


async def settle_due(at: datetime, limit: int = 500) -> int:
    """Writes down the levels of members whose period has ended, or whom a new scheme raised, up to `limit` of one merchant in
    one transaction; returns how many rows. Run it until it returns 0; several at once do no harm."""
    for merchant in await merchants.all_merchants():
        async with database.transaction() as tx:
            scheme, version, tz = await _terms(tx, merchant.id)
            rows = await tx.fetch(
                f"SELECT m.id, m.scheme_seen, {ROW} FROM members m WHERE m.merchant_id = $1 AND (m.scheme_seen < $2"
                " OR (m.level <> $3 AND (m.level_until IS NULL OR m.level_until <= $4))) ORDER BY m.id LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED",
                merchant.id,
                version,
                BASE,
                at,
                limit,
            )
            if rows:
                await _settle(tx, merchant.id, scheme, version, tz, rows, at)
                return len(rows)
    return 0


async def _settle(
    tx: Tx, merchant_id: UUID, scheme: Scheme, version: int, tz: str, rows: Sequence[Mapping[str, Any]], at: datetime
) -> None:
    """Many members in three statements."""
    pairs = [(row["id"], standing_of(row)) for row in rows]
    after = [settled(scheme, before, at, tz) for _, before in pairs]
    await tx.execute(
        "UPDATE members m SET level = d.level, level_until = d.until, growth_period = d.in_period, scheme_seen = $6"
        " FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::bigint[]) AS d (id, level, until, in_period)"
        " WHERE m.merchant_id = $1 AND m.id = d.id",
        merchant_id,
        [member_id for member_id, _ in pairs],
        [now.level for now in after],
        [now.until for now in after],
        [now.in_period for now in after],
        version,
    )
    changes = [
        (member_id, *change)
        for (member_id, before), now in zip(pairs, after, strict=True)
        for change in _changes(scheme, tz, before, now, _why_settled(scheme, now), at)
    ]
    await _note(tx, merchant_id, changes, at)


def _why_settled(scheme: Scheme, now: Standing) -> Why:
    """Nobody earned anything: imported orders, or another scheme."""
    return "first_order" if scheme.named(now.level).needs == "first_order" else "scheme"


Change = tuple[str, str, Why, int, int, datetime]


def _changes(scheme: Scheme, tz: str, before: Standing, after: Standing, why: Why, at: datetime) -> list[Change]:
    """How the level moved from one standing to the next: what the end of a period did, then what `why` did."""
    between = before.level
    found: list[Change] = []
    if before.until is not None and before.until <= at:
        between = level_at(scheme, before, at, tz).id
        if between != before.level:
            found.append((before.level, between, "period_end", before.growth, before.in_period, before.until))
    if after.level != between:
        found.append((between, after.level, why, after.growth, after.in_period, at))
    return found


async def _keep(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    scheme: Scheme,
    version: int,
    tz: str,
    before: Standing,
    after: Standing,
    why: Why,
    at: datetime,
) -> None:
    await tx.execute(
        "UPDATE members SET level = $3, level_until = $4, growth = $5, growth_period = $6, completed_orders = $7, scheme_seen = $8,"
        " growth_owed = $9, growth_spent = $10"
        " WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        member_id,
        after.level,
        after.until,
        after.growth,
        after.in_period,
        after.orders,
        version,
        after.owed,
        after.spent,
    )
    await _note(tx, merchant_id, [(member_id, *c) for c in _changes(scheme, tz, before, after, why, at)], at)


async def _note(tx: Tx, merchant_id: UUID, changes: Sequence[tuple[UUID, *Change]], at: datetime) -> None:
    """Records changes and tells of them (B07)."""
    if not changes:
        return
    ids = await _ids_after(tx, merchant_id, [member_id for member_id, *_ in changes])
    columns = list(zip(*changes, strict=True))
    await tx.execute(
        "INSERT INTO level_moves (id, merchant_id, member_id, before, after, why, growth, in_period, at)"
        " SELECT d.id, $1, d.member_id, d.before, d.after, d.why, d.growth, d.in_period, d.at"
        " FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::timestamptz[])"
        " AS d (id, member_id, before, after, why, growth, in_period, at)",
        merchant_id,
        ids,
        *(list(column) for column in columns),
    )
    facts = [
        (merchant_id, f"member:{member}", events.LevelChanged(move, member, before, after, why, when))
        for move, (member, before, after, why, _, _, when) in zip(ids, changes, strict=True)
    ]
    await outbox.emit_many(tx, facts, at)


async def _ids_after(tx: Tx, merchant_id: UUID, member_ids: Sequence[UUID]) -> list[UUID]:
    """Ids of new moves that follow all earlier ones of these members, and each other: within a millisecond, or where clocks
    differ, ids made from the clock alone have no certain order. The caller has locked the members."""
    last = await tx.fetchval(
        "SELECT l.id FROM level_moves l WHERE l.merchant_id = $1 AND l.member_id = ANY($2::uuid[]) ORDER BY l.id DESC LIMIT 1",
        merchant_id,
        list(member_ids),
    )
    made = sorted(new_id() for _ in member_ids)
    if last is None or last < made[0]:
        return made
    return [UUID(int=last.int + 1 + n) for n in range(len(made))]


async def _locked(tx: Tx, merchant_id: UUID, member_id: UUID) -> Standing:
    row = await tx.fetchrow(
        f"SELECT {ROW} FROM members m WHERE m.merchant_id = $1 AND m.id = $2 FOR NO KEY UPDATE", merchant_id, member_id
    )
    if row is None:
        raise LookupError(f"member {member_id} is not there")
    return standing_of(row)


async def _transfer(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    amount: int,
    kind: str,
    key: str,
    at: datetime,
    memo: Mapping[str, Any],
    unit: Literal["growth", "growth_owed"] = "growth",
) -> None:
    mine, book = ledger.member(member_id), ledger.merchant_book(merchant_id)
    done = await ledger.transfer(
        tx,
        merchant_id,
        debit=book if amount > 0 else mine,
        credit=mine if amount > 0 else book,
        unit=unit,
        amount=abs(amount),
        kind=kind,
        business_key=key,
        at=at,
        memo=memo,
    )
    assert isinstance(done, ledger.Moved) and not done.replayed, "the member is locked and was looked at"


async def moves(merchant_id: UUID, member_ids: Sequence[UUID], first: int = 20) -> dict[UUID, list[LevelMoveInfo]]:
    """How the levels of members changed, the newest first, at most `first` each."""
    rows = await database.fetch(
        "SELECT v.* FROM unnest($2::uuid[]) AS w (id) CROSS JOIN LATERAL (SELECT id, member_id, before, after, why, growth, in_period, at"
        " FROM level_moves l WHERE l.merchant_id = $1 AND l.member_id = w.id ORDER BY l.id DESC LIMIT $3) v",
        merchant_id,
        list(member_ids),
        first,
    )
    found: dict[UUID, list[LevelMoveInfo]] = {member_id: [] for member_id in member_ids}
    for row in rows:
        found[row["member_id"]].append(LevelMoveInfo(**row))
    return found
