"""What one gets beside the coupon of a drop (K10): points, a coupon for one unit of an article, or both. It is given in the
transaction of the claim: all or nothing. What was given stays given when the coupon is voided or ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend import catalog, events, ledger, pricing
from backend.coupons.code_rules import coupon_code
from backend.coupons.rules import NewExtra, Problem, Validity
from backend.kit import outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id

if TYPE_CHECKING:
    from backend.coupons.templates import TemplateInfo

POINTS_PER_YUAN = pricing.Policy().points_per_yuan_off


@dataclass(frozen=True, slots=True)
class Extra:
    """What a drop gives beside its coupon. `fen` is what both count for in its budget."""

    points: int
    gift: TemplateInfo | None
    fen: int


@dataclass(frozen=True, slots=True)
class Worth:
    fen: int
    problems: tuple[Problem, ...] = ()


async def worth(merchant_id: UUID, extra: NewExtra) -> Worth:
    """What it counts for in a budget: points at what they pay, the article at its list price of today."""
    fen = -(-max(0, extra.points) * 100 // POINTS_PER_YUAN)
    if extra.gift_sku is None:
        return Worth(fen)
    found = (await catalog.by_skus(merchant_id, [extra.gift_sku])).get(extra.gift_sku)
    if found is None:
        return Worth(fen, (Problem("extra.giftSku", "没有这个商品，或已下架"),))
    return Worth(fen + found.list_fen)


@dataclass(frozen=True, slots=True)
class Given:
    """What the claims of a published drop give beside: it never changes. `gift` is the template with its validity."""

    drop_name: str
    points: int
    gift: tuple[UUID, Validity] | None


def given_of(row: Mapping[str, Any]) -> Given | None:
    """From a row of a drop with the validity of its gift's template; None where it gives nothing beside."""
    gift = None
    if row["gift_template_id"] is not None:
        until = Validity(row["valid_from"], row["valid_until"], row["valid_hours"], row["valid_days"], row["next_day"])
        gift = (row["gift_template_id"], until)
    return Given(row["name"], row["with_points"], gift) if gift or row["with_points"] else None


@dataclass(frozen=True, slots=True)
class Granted:
    """A claim that was answered with a coupon."""

    merchant_id: UUID
    coupon_id: UUID
    member_id: UUID
    actor: str
    tz: str
    given: Given
    at: datetime


async def give(tx: Tx, secret: bytes, granted: Sequence[Granted]) -> None:
    """Gives what goes with these coupons; `secret` is that of the codes. Called once for each of them."""
    await _coupons(tx, secret, [g for g in granted if g.given.gift is not None])
    for merchant_id in sorted({g.merchant_id for g in granted}):
        gifts = [
            ledger.PointsGift(
                g.member_id,
                g.given.points,
                f"drop:{g.coupon_id}",
                {"text": f"领取「{g.given.drop_name}」，另得 {g.given.points} 积分"},
                g.at,
            )
            for g in granted
            if g.merchant_id == merchant_id and g.given.points
        ]
        await ledger.give_points(tx, merchant_id, gifts, "drop")


async def _coupons(tx: Tx, secret: bytes, granted: Sequence[Granted]) -> None:
    if not granted:
        return
    ids, columns, facts = [new_id() for _ in granted], list[tuple[Any, ...]](), []
    for g, gift_id in zip(granted, ids, strict=True):
        assert g.given.gift is not None
        template_id, validity = g.given.gift
        begins, ends = validity.of_claim(g.at, g.tz)
        code = coupon_code(g.merchant_id, gift_id, secret)
        columns.append(
            (gift_id, g.merchant_id, template_id, g.member_id, code, f"gift:{g.coupon_id}", g.at, begins, ends, g.actor)
        )
        event = events.CouponGranted(gift_id, g.member_id, "gift", g.at)
        facts.append((g.merchant_id, f"member:{g.member_id}", event))
    await tx.execute(
        "WITH d AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[],"
        "  $8::timestamptz[], $9::timestamptz[], $10::text[]) AS d (id, merchant_id, template_id, member_id, code, key, at, begins, ends, actor)),"
        " moves AS (INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason)"
        "  SELECT gen_random_uuid(), merchant_id, id, NULL, 'issued', at, actor, 'gift' FROM d)"
        " INSERT INTO coupons (id, merchant_id, template_id, member_id, code, state, source, business_key, claimed_at, valid_from, expires_at, face_fen)"
        " SELECT id, merchant_id, template_id, member_id, code, 'issued', 'gift', key, at, begins, ends, 0 FROM d",
        *[list(column) for column in zip(*columns, strict=True)],
    )
    await outbox.emit_many(tx, facts, max(g.at for g in granted))
