"""Members of a merchant. The person is the openid (C2): two log-ins at once make one member; and one phone number is one member's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend import events, merchants
from backend.kit import crypto, database, ids, outbox
from backend.kit.access import Viewer
from backend.kit.clock import local_day, now
from backend.kit.database import Tx
from backend.kit.ids import stable_id
from backend.members import ties
from backend.members.level_rules import BASE, Scheme, level_at, period
from backend.members.levels import POLICY, ROW, scheme_info, standing_of
from backend.members.models import Member
from backend.members.rules import (
    MEMBER_CODE_LENGTH,
    PAY_CODE_LENGTH,
    birth_md,
    birthdays_kept_on,
    labels_of_day,
    labels_of_state,
    mask_phone,
    member_code,
    normal_phone,
)


@dataclass(frozen=True, slots=True)
class MemberInfo:
    """A member at a moment: `level` is the one that holds then, `labels` are those of the calendar (birthday_month)."""

    id: UUID
    merchant_id: UUID
    openid: str
    nickname: str
    level: str
    level_name: str
    birthday: date | None
    dialect_region: str
    member_code: str
    orders_count: int
    tags: tuple[str, ...]
    home_store_id: UUID | None
    labels: tuple[str, ...]
    lifecycle: str
    rfm_tier: str | None


INFO = (
    "SELECT m.id, m.merchant_id, m.lifecycle, m.rfm_tier, m.openid, m.nickname, m.birthday, m.birth_md, m.dialect_region, m.member_code, m.orders_count, m.tags, m.home_store_id,"
    f" {ROW}, {POLICY.format('definition', 'm.merchant_id', 'levels')} AS definition FROM members m"
)


def _info(row: Mapping[str, Any], at: datetime, tz: str) -> MemberInfo:
    level = level_at(Scheme.from_json(row["definition"]), standing_of(row), at, tz)
    return MemberInfo(
        row["id"],
        row["merchant_id"],
        row["openid"],
        row["nickname"],
        level.id,
        level.name,
        row["birthday"],
        row["dialect_region"],
        row["member_code"],
        row["orders_count"],
        tuple(row["tags"]),
        row["home_store_id"],
        (*labels_of_day(row["birth_md"], local_day(at, tz)), *labels_of_state(row["lifecycle"], row["rfm_tier"])),
        row["lifecycle"],
        row["rfm_tier"],
    )


async def get(merchant_id: UUID, member_id: UUID, at: datetime | None = None) -> MemberInfo | None:
    """The member as of `at`, or of now."""
    return (await many(merchant_id, [member_id], at)).get(member_id)


async def many(merchant_id: UUID, member_ids: Sequence[UUID], at: datetime | None = None) -> dict[UUID, MemberInfo]:
    tz = (await merchants.get(merchant_id)).time_zone
    rows = await database.fetch(
        f"{INFO} WHERE m.merchant_id = $1 AND m.id = ANY($2::uuid[])", merchant_id, list(member_ids)
    )
    return {row["id"]: _info(row, at or now(), tz) for row in rows}


async def called(merchant_id: UUID, names: Sequence[str]) -> dict[str, UUID]:
    """Members by what staff calls them: member code 会员码 or public id `mem_…`. Names that nobody has are not in the answer."""
    public = {name: member for name in names if (member := ids.decode("mem", name)) is not None}
    if not names:
        return {}
    rows = await database.fetch(
        "SELECT id, member_code FROM members WHERE merchant_id = $1 AND (member_code = ANY($2::text[]) OR id = ANY($3::uuid[]))",
        merchant_id,
        [name for name in names if name not in public],
        list(public.values()),
    )
    by_code, there = {row["member_code"]: row["id"] for row in rows}, {row["id"] for row in rows}
    found = {name: by_code.get(name) if name not in public else public[name] for name in names}
    return {name: member for name, member in found.items() if member is not None and member in there}


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What is asked about a member who claims: no name, no phone. `tags` hold the labels of the calendar too."""

    level: str
    tags: tuple[str, ...]
    orders: int
    home_store_id: UUID | None
    lifecycle: str
    rfm_tier: str | None
    ties: frozenset[str] = frozenset()


async def facts(merchant_id: UUID, member_ids: Sequence[UUID], at: datetime | None = None) -> dict[UUID, MemberFacts]:
    """Facts of many members in one look-up."""
    found, tied = await many(merchant_id, member_ids, at), await ties.held(merchant_id, member_ids)
    return {
        m.id: MemberFacts(
            m.level,
            (*m.tags, *m.labels),
            m.orders_count,
            m.home_store_id,
            m.lifecycle,
            m.rfm_tier,
            frozenset(tie.tie for tie in tied.get(m.id, ()) if tie.tied),
        )
        for m in found.values()
    }


def member_id_of(merchant_id: UUID, openid: str) -> UUID:
    """A member's id follows from the person, so that a race cannot make two."""
    return stable_id(merchant_id, f"member:{openid}")


async def join(merchant_id: UUID, openid: str, at: datetime) -> MemberInfo:
    """The member for this person; made on the first visit, which is told once (`MemberJoined`) however many come at once."""
    member_id = member_id_of(merchant_id, openid)
    async with database.transaction() as tx:
        joined = await tx.fetchval(
            "INSERT INTO members (id, merchant_id, openid, nickname, level, dialect_region, tags, orders_count, member_code, joined_at)"
            " VALUES ($1, $2, $3, $4, 'basic', 'all', '[]', 0, $5, $6) ON CONFLICT DO NOTHING RETURNING id",
            member_id,
            merchant_id,
            openid,
            f"会员{member_code(merchant_id, member_id)[-4:]}",
            member_code(merchant_id, member_id),
            at,
        )
        if joined is not None:
            await outbox.emit(tx, merchant_id, f"member:{member_id}", events.MemberJoined(member_id, at), at)
    found = await get(merchant_id, member_id)
    if found is None:
        raise LookupError(f"member {member_id} vanished while it was read")
    return found


def viewer_of(member: MemberInfo) -> Viewer:
    return Viewer(member.merchant_id, "consumer", member.id)


async def phone_masked(secret: bytes, merchant_id: UUID, member_id: UUID) -> str | None:
    row = await Member.get(merchant_id=merchant_id, id=member_id)
    if row.phone_sealed is None:
        return None
    return mask_phone(crypto.unseal(secret, f"members:phone:{member_id}", row.phone_sealed))


async def matching(secret: bytes, merchant_id: UUID, text: str) -> list[UUID]:
    """Members with exactly this phone number, member code or pay code; what the latter is good for, `pay_codes` says."""
    rows = await database.fetch(
        "SELECT id FROM members WHERE merchant_id = $1 AND (phone_index = $2 OR member_code = $3)",
        merchant_id,
        crypto.blind_index(secret, f"members:phone:{merchant_id}", normal_phone(text)),
        text[:MEMBER_CODE_LENGTH] if len(text) == PAY_CODE_LENGTH else text,
    )
    return [row["id"] for row in rows]


HAS_ORDERED = "SELECT m.orders_count > 0 FROM members m WHERE m.merchant_id = {} AND m.id = {}"
"""For a statement that must know, at its own moment, whether somebody is a new customer or has paid for an order."""


async def lock(tx: Tx, merchant_id: UUID, member_id: UUID) -> None:
    """One order of a member at a time: what depends on how many orders there are cannot be had twice. Rows that merely refer
    to the member (a claim, an exchange) are written meanwhile: they may hold what the caller takes next."""
    await tx.execute(
        "SELECT id FROM members WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE", merchant_id, member_id
    )


async def count_order(tx: Tx, merchant_id: UUID, member_id: UUID, by: int, at: datetime | None = None) -> None:
    """Counts an order of a member (by 1) or takes it back (by −1). Whoever buys again is active at once (B06)."""
    await tx.execute(
        "UPDATE members SET orders_count = orders_count + $3"
        + (BUYS if by > 0 else "")
        + " WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        member_id,
        by,
        *([at or now()] if by > 0 else []),
    )


BUYS = (
    ", last_order_at = greatest(last_order_at, $4),"
    " lifecycle = CASE WHEN lifecycle IN ('silent', 'lost') OR orders_count > 0 THEN 'active' ELSE lifecycle END,"
    " lifecycle_since = CASE WHEN lifecycle <> 'active' AND (lifecycle IN ('silent', 'lost') OR orders_count > 0) THEN $4 ELSE lifecycle_since END"
)
"""A first order leaves a new customer new; the second, or one after a long time, makes active."""


async def set_order_counts(tx: Tx, merchant_id: UUID, counts: Mapping[UUID, int]) -> None:
    """States how many orders members have placed and completed (after past orders were imported); the schedule writes down
    the levels that follow."""
    await tx.execute(
        "UPDATE members m SET orders_count = c.n, completed_orders = c.n, scheme_seen = -1 FROM unnest($2::uuid[], $3::int[]) AS c(id, n)"
        " WHERE m.merchant_id = $1 AND m.id = c.id",
        merchant_id,
        list(counts),
        list(counts.values()),
    )


async def with_birthday(merchant_id: UUID, at: datetime, page: int = 500) -> AsyncIterator[list[MemberInfo]]:
    """Members who are congratulated on the day of `at` (the merchant's calendar), as they are then, page by page."""
    last: UUID | None = None
    tz = (await merchants.get(merchant_id)).time_zone
    while True:
        rows = await database.fetch(
            f"{INFO} WHERE m.merchant_id = $1 AND m.birth_md = ANY($2::text[]) AND ($3::uuid IS NULL OR m.id > $3) ORDER BY m.id LIMIT $4",
            merchant_id,
            birthdays_kept_on(local_day(at, tz)),
            last,
            page,
        )
        yield [_info(row, at, tz) for row in rows]
        if len(rows) < page:
            return
        last = rows[-1]["id"]


async def of_levels(
    merchant_id: UUID, levels: Sequence[str], at: datetime, page: int = 500
) -> AsyncIterator[list[MemberInfo]]:
    """Members who hold one of these levels at `at`, page by page."""
    last: UUID | None = None
    tz = (await merchants.get(merchant_id)).time_zone
    while True:
        rows = await database.fetch(
            f"{INFO} WHERE m.merchant_id = $1 AND m.level = ANY($2::text[]) AND ($3::uuid IS NULL OR m.id > $3) ORDER BY m.id LIMIT $4",
            merchant_id,
            list(levels),
            last,
            page,
        )
        yield [member for row in rows if (member := _info(row, at, tz)).level in levels]
        if len(rows) < page:
            return
        last = rows[-1]["id"]


@dataclass(frozen=True, slots=True)
class NewMember:
    """One member of an import or of demo data. A level above the lowest is held until the end of the present period."""

    openid: str
    nickname: str
    level: str
    joined_at: datetime
    phone: str | None = None
    birthday: date | None = None
    dialect_region: str = "all"
    home_store_id: UUID | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhoneFault:
    """A new member whose phone number is another's; `place` counts from 1 in what was to be added. The number is masked."""

    place: int
    openid: str
    phone_masked: str


class PhoneTaken(Exception):
    """Nobody was added: these would be a second member of a person who is one already, or stands twice among the new ones (C2)."""

    def __init__(self, faults: Sequence[PhoneFault]) -> None:
        told = "；".join(f"第 {f.place} 位（{f.openid}，{f.phone_masked}）" for f in faults[:20])
        super().__init__(f"{len(faults)} 位新会员的手机号已属于另一位会员，一位也没有写入：{told}")
        self.faults = tuple(faults)


async def add_many(secret: bytes, merchant_id: UUID, members: Sequence[NewMember]) -> int:
    """Adds members in bulk; those known already (by openid) stay as they are. Returns how many were new; raises `PhoneTaken`, and adds
    nobody, where a new one has the phone number of another member: which of the two is the person is not for us to guess."""
    rows, ends = [], await _period_end(merchant_id)
    phones = [normal_phone(new.phone) if new.phone else None for new in members]
    indexes = [crypto.blind_index(secret, f"members:phone:{merchant_id}", phone) if phone else None for phone in phones]
    for new, phone, index in zip(members, phones, indexes, strict=True):
        member_id = member_id_of(merchant_id, new.openid)
        rows.append(
            (
                member_id,
                merchant_id,
                new.openid,
                new.nickname,
                crypto.seal(secret, f"members:phone:{member_id}", phone) if phone else None,
                index,
                new.birthday,
                birth_md(new.birthday) if new.birthday else None,
                new.level,
                new.dialect_region,
                new.home_store_id,
                list(new.tags),
                member_code(merchant_id, member_id),
                new.joined_at,
                ends if new.level != BASE else None,
            )
        )
    async with database.pool().acquire() as connection, connection.transaction():
        # one at a time: two who add the same number at once must see each other
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 18))", f"members:phones:{merchant_id}"
        )
        there = await connection.fetch(
            "SELECT openid, phone_index FROM members WHERE merchant_id = $1 AND (openid = ANY($2::text[]) OR phone_index = ANY($3::text[]))",
            merchant_id,
            [new.openid for new in members],
            [index for index in indexes if index],
        )
        known, owners = {row["openid"] for row in there}, {row["phone_index"]: row["openid"] for row in there}
        faults = []
        for n, (new, phone, index) in enumerate(zip(members, phones, indexes, strict=True)):
            if phone and new.openid not in known and owners.setdefault(index, new.openid) != new.openid:
                faults.append(PhoneFault(n + 1, new.openid, mask_phone(phone)))
        if faults:
            raise PhoneTaken(faults)
        before = await connection.fetchval("SELECT count(*) FROM members WHERE merchant_id = $1", merchant_id)
        await connection.executemany(
            "INSERT INTO members (id, merchant_id, openid, nickname, phone_sealed, phone_index, birthday, birth_md, level, dialect_region,"
            " home_store_id, tags, orders_count, member_code, joined_at, level_until) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,0,$13,$14,$15)"
            " ON CONFLICT DO NOTHING",
            rows,
        )
        after = await connection.fetchval("SELECT count(*) FROM members WHERE merchant_id = $1", merchant_id)
    return int(after - before)


async def _period_end(merchant_id: UUID) -> datetime:
    scheme, merchant = (await scheme_info(merchant_id)).scheme, await merchants.get(merchant_id)
    return period(now(), merchant.time_zone, scheme.period_months)[1]
