"""Signed links to private drops (K04), and whose link it was: a poster's, a promoter's, a partner's (K12).

Lock order: idempotency key → drop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.coupons.codes import WrongAccess
from backend.coupons.drops import DropMissing
from backend.coupons.exposures import CLAIMED, Figures
from backend.coupons.rules import Problem
from backend.coupons.templates import Invalid
from backend.coupons.via_rules import via_of
from backend.kit import crypto, database, idempotency
from backend.kit.idempotency import IdempotencyConflict
from backend.kit.ids import new_id

MOST_LINKS = 500
"""Links that staff may make of one drop; all of them are listed."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link names; `via` is whose it is, `kind:code`, None for the drop's own."""

    drop_id: UUID
    via: str | None = None


def link_token(secret: bytes, drop_id: UUID, via: str | None = None) -> str:
    """What makes a link to a private drop work; it cannot be made from another drop's, nor for another poster."""
    return crypto.sign(secret, "drop-link", f"{drop_id.hex}~{via}" if via else drop_id.hex)


def link_of(secret: bytes, token: str) -> Link | None:
    """What a link names, or None when the link was not made here."""
    if len(token) > 120 or not token.isascii():
        return None
    text = crypto.verified(secret, "drop-link", token)
    if not text:
        return None
    drop, _, via = text.partition("~")
    return Link(UUID(hex=drop), via or None)


async def make_link(
    merchant_id: UUID, actor: str, drop_id: UUID, kind: str, code: str, key: str, at: datetime
) -> str | Invalid | DropMissing | WrongAccess | IdempotencyConflict:
    """Writes down a link of a private drop for somebody and tells its `via`, from which its token follows; one that was made before
    is the same one."""
    via = via_of(kind, code)
    if isinstance(via, Problem):
        return Invalid((via,))
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "makeDropLink", [str(drop_id), via], at)
        if not isinstance(begun, idempotency.Fresh):
            return begun if isinstance(begun, IdempotencyConflict) else via
        access = await tx.fetchval(
            "SELECT access FROM coupon_drops WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, drop_id
        )
        if access != "link":
            return DropMissing() if access is None else WrongAccess(access)
        there = await tx.fetch(
            "SELECT via FROM drop_links WHERE merchant_id = $1 AND drop_id = $2", merchant_id, drop_id
        )
        known = {row["via"] for row in there}
        if via not in known and len(known) >= MOST_LINKS:
            return Invalid((Problem("code", f"一个活动最多 {MOST_LINKS} 个推广链接"),))
        await tx.execute(
            "INSERT INTO drop_links (id, merchant_id, drop_id, via, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (merchant_id, drop_id, via) DO NOTHING",
            new_id(),
            merchant_id,
            drop_id,
            via,
            at,
            actor,
        )
        await idempotency.finish(tx, begun, {"type": "DropLink", "via": via})
    return via


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """A link that was made, or through which something came, and what became of that. `made_at` is None for links from before they
    were written down."""

    via: str
    made_at: datetime | None
    figures: Figures


async def drop_links(merchant_id: UUID, drop_id: UUID) -> list[LinkFigures]:
    """All links of a drop (K12), that through which the most came first, then the newest."""
    rows = await database.fetch(
        "SELECT via, l.made_at, coalesce(c.claimed, 0) AS claimed, coalesce(c.redeemed, 0) AS redeemed, coalesce(c.orders, 0) AS orders,"
        " coalesce(c.took_fen, 0) AS took_fen FROM (SELECT via, made_at FROM drop_links WHERE merchant_id = $1 AND drop_id = $2) l"
        f" FULL JOIN (SELECT c.via, {CLAIMED} FROM coupons c WHERE c.merchant_id = $1 AND c.drop_id = $2 AND c.via IS NOT NULL GROUP BY 1) c"
        " USING (via) ORDER BY 3 DESC, l.made_at DESC NULLS LAST, via LIMIT $3",
        merchant_id,
        drop_id,
        2 * MOST_LINKS,
    )
    keys = ("via", "made_at")
    return [
        LinkFigures(row["via"], row["made_at"], Figures(None, **{k: v for k, v in row.items() if k not in keys}))
        for row in rows
    ]
