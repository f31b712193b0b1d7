"""分享: a friend opens what a member shared, for the first time, and the sharer's growth rises (B04).

Lock order: idempotency key → the sharer's member row → accounts (growth).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend import members, merchants
from backend.engagement.rules import parse_about, within_cap
from backend.kit import database, idempotency
from backend.kit.clock import local_day
from backend.kit.crypto import sign, verified
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id

PURPOSE = "share"


@dataclass(frozen=True, slots=True)
class Opened:
    """`counted`: it was somebody else's, and opened by this member for the first time."""

    about: str
    counted: bool


@dataclass(frozen=True, slots=True)
class ShareInvalid:
    """The token was not signed by us, or is of another merchant."""


@dataclass(frozen=True, slots=True)
class Day:
    """What shares brought a member on a day, and the most that they may."""

    opened: int
    growth: int
    each: int
    cap: int


def token_of(secret: bytes, merchant_id: UUID, member_id: UUID, about: str) -> str | None:
    """A signed token for a link; None when nothing of the kind is shared."""
    named = parse_about(about)
    return sign(secret, PURPOSE, f"{merchant_id.hex}~{member_id.hex}~{named}") if named else None


async def open_share(
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID,
    token: str,
    key: str,
    at: datetime,
    channel: str | None = None,
    store_id: UUID | None = None,
) -> Opened | ShareInvalid | IdempotencyConflict:
    """A member opens a link: the first time brings its sharer growth, once for each friend on a day and up to the day's cap; one's
    own, and again, nothing. `channel` and `store_id`: where it was opened (K12)."""
    text = verified(secret, PURPOSE, token)
    of, _, rest = (text or "").partition("~")
    sharer_hex, _, about = rest.partition("~")
    if text is None or of != merchant_id.hex or parse_about(about) is None:
        return ShareInvalid()
    sharer = UUID(sharer_hex)
    tz = (await merchants.get(merchant_id)).time_zone
    scheme = (await members.scheme_info(merchant_id)).scheme
    if sharer == member_id or await members.get(merchant_id, sharer) is None:
        return Opened(about, False)
    wish = [token, *([channel] if channel else []), *([str(store_id)] if store_id else [])]
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, f"consumer:{member_id}", key, "openShare", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            return Opened(about, bool(begun.answer["counted"]))
        await members.lock(tx, merchant_id, sharer)
        day = local_day(at, tz)
        seen = await tx.fetchrow(
            "SELECT coalesce(sum(growth), 0) AS given, count(*) FILTER (WHERE opener_id = $4) AS theirs FROM share_openings"
            " WHERE merchant_id = $1 AND sharer_id = $2 AND day = $3",
            merchant_id,
            sharer,
            day,
            member_id,
        )
        assert seen is not None
        growth = 0 if seen["theirs"] else within_cap(scheme.per_share, scheme.share_cap, seen["given"])
        opening = new_id()
        made = await tx.fetch(
            "INSERT INTO share_openings (id, merchant_id, sharer_id, opener_id, about, growth, day, at, channel, store_id)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) ON CONFLICT (merchant_id, sharer_id, opener_id, about) DO NOTHING RETURNING id",
            opening,
            merchant_id,
            sharer,
            member_id,
            about,
            growth,
            day,
            at,
            channel,
            store_id,
        )
        if made and growth:
            memo = {"text": f"好友打开了您的分享，得 {growth} 成长值", "share": about}
            await members.levels.deserved(tx, merchant_id, sharer, growth, f"share:{opening}", memo, at)
        await idempotency.finish(tx, begun, {"type": "ShareOpened", "counted": bool(made)})
    return Opened(about, bool(made))


async def today(merchant_id: UUID, member_id: UUID, at: datetime) -> Day:
    """What shares brought a member today."""
    scheme = (await members.scheme_info(merchant_id)).scheme
    day = local_day(at, (await merchants.get(merchant_id)).time_zone)
    row = await database.fetchrow(
        "SELECT count(*) AS opened, coalesce(sum(growth), 0) AS growth FROM share_openings WHERE merchant_id = $1 AND sharer_id = $2 AND day = $3",
        merchant_id,
        member_id,
        day,
    )
    assert row is not None
    return Day(row["opened"], row["growth"], scheme.per_share, scheme.share_cap)
