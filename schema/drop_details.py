"""A drop as its operator sees it: for whom, what it did, where and by tier."""

from __future__ import annotations

import datetime as dt
from typing import Any

import strawberry

from backend import coupons, merchants
from schema import words
from schema.base import AppInfo, Fen, described
from schema.coupon_kinds import CouponPlacement, LinkOwner
from schema.drop_types import CouponDrop, DropAudience, DropTier, audience_of, tiers_of
from schema.exposures import PlacementFigures
from schema.promotions import Channel


@described
@strawberry.type
class DropSource:
    """Coupons of a drop by where they were claimed.
    channel: The channel; null when staff gave them.
    placement: The page; null when it is not known.
    store_name: The store that was chosen; null when none was.
    claimed: Coupons claimed there.
    redeemed: Coupons of these that are used in paid orders.
    """

    channel: Channel | None  # type: ignore[valid-type]
    placement: CouponPlacement | None  # type: ignore[valid-type]
    store_name: str | None
    claimed: int
    redeemed: int


@described
@strawberry.type
class DropUse:
    """Coupons of a drop by where they were used 核销.
    channel: The channel of the order; null when it is not known.
    store_name: The store of the order; null when it is not known.
    redeemed: Coupons that are used there in paid orders.
    orders: These orders.
    discount_fen: What they took off them, less what refunds took back.
    """

    channel: Channel | None  # type: ignore[valid-type]
    store_name: str | None
    redeemed: int
    orders: int
    discount_fen: Fen


@described
@strawberry.type
class DropLinkFigures:
    """推广链接 of a poster, a promoter or a partner, or the codes of a partner, and what came through it.
    owner: Whose link.
    code: Their code.
    token: What the link carries; it cannot be made elsewhere or changed. Null where they are codes.
    made_at: When staff made it; null for links from before they were written down.
    claimed: Coupons that were claimed through it.
    redeemed: Coupons of these that are used in paid orders.
    orders: Paid orders with such coupons.
    discount_fen: What they took off these orders, less what refunds took back.
    """

    owner: LinkOwner  # type: ignore[valid-type]
    code: str
    token: str | None
    made_at: dt.datetime | None
    claimed: int
    redeemed: int
    orders: int
    discount_fen: Fen


@described
@strawberry.type
class DropTierFigures:
    """What became of the coupons of one tier.
    tier: The tier.
    claimed: Coupons of it that were claimed.
    redeemed: Coupons of these that are used in paid orders.
    orders: Paid orders with such coupons.
    discount_fen: What they took off these orders, less what refunds took back.
    """

    tier: DropTier
    claimed: int
    redeemed: int
    orders: int
    discount_fen: Fen


@described
@strawberry.type
class DropLeftOver:
    """剩余已收回: what was left of a drop when it ended; nobody can have it any more.
    coupons: Coupons of its total that nobody had.
    codes: Codes of its pools that nobody used.
    budget_fen: Budget that is neither promised nor spent now, in fen; it grows while coupons end unused. Null without a budget.
    """

    coupons: int
    codes: int
    budget_fen: Fen | None


@described
@strawberry.type
class CouponDropDetails:
    """A drop as its operator sees it.
    drop: What customers see.
    audience: For whom it is.
    shared_code: The code, for SHARED.
    scene_sentence: Which goods in the cart bring it up, in words; null without a scene.
    gives_back: Whether voided and expired coupons give their place back.
    budget_fen: Most face value that may be promised and spent; null without a cap.
    promised_fen: Face value of coupons that may still be used.
    spent_fen: Face value of coupons used in paid orders, and what was given beside.
    link_token: What its private link carries, for LINK; null otherwise.
    """

    drop: CouponDrop
    audience: DropAudience
    shared_code: str | None
    scene_sentence: str | None
    gives_back: bool
    budget_fen: Fen | None
    promised_fen: Fen
    spent_fen: Fen
    link_token: str | None
    merchant: strawberry.Private[Any]

    @strawberry.field(description="剩余已收回, what went back when it ended; null while it has not.")
    async def left_over(self) -> DropLeftOver | None:
        drop = self.drop.info
        if drop.state != "ENDED":
            return None
        return DropLeftOver(
            coupons=drop.total - drop.issued,
            codes=await coupons.unused_codes(self.merchant, drop.id),
            budget_fen=None if drop.budget_fen is None else Fen(drop.budget_fen - drop.promised_fen - drop.spent_fen),
        )

    @strawberry.field(description="Where its coupons were claimed, the most first.")
    async def sources(self) -> list[DropSource]:
        names = {store.id: store.name for store in await merchants.stores(self.merchant)}
        return [
            DropSource(
                channel=Channel[s.channel.upper()] if s.channel else None,
                placement=CouponPlacement[s.placement.upper()] if s.placement else None,
                store_name=names.get(s.store_id) if s.store_id else None,
                claimed=s.claimed,
                redeemed=s.redeemed,
            )
            for s in await coupons.sources(self.merchant, self.drop.info.id)
        ]

    @strawberry.field(description="Where its coupons were used 核销门店, the most first.")
    async def uses(self) -> list[DropUse]:
        names = {store.id: store.name for store in await merchants.stores(self.merchant)}
        return [
            DropUse(
                channel=Channel[u.channel.upper()] if u.channel else None,
                store_name=names.get(u.store_id) if u.store_id else None,
                redeemed=u.redeemed,
                orders=u.orders,
                discount_fen=u.took_fen,
            )
            for u in await coupons.uses(self.merchant, self.drop.info.id)
        ]

    @strawberry.field(
        description="推广效果: every link that was made, with claims and use by whose link they came, the most first, then the newest."
    )
    async def link_figures(self, info: AppInfo) -> list[DropLinkFigures]:
        secret, drop_id = info.context.runtime.settings.secret, self.drop.info.id
        return [
            DropLinkFigures(
                owner=LinkOwner[link.via.partition(":")[0].upper()],
                code=link.via.partition(":")[2],
                token=coupons.link_token(secret, drop_id, link.via) if self.drop.info.access == "link" else None,
                made_at=link.made_at,
                claimed=link.figures.claimed,
                redeemed=link.figures.redeemed,
                orders=link.figures.orders,
                discount_fen=link.figures.took_fen,
            )
            for link in await coupons.drop_links(self.merchant, drop_id)
        ]

    @strawberry.field(description="Claims and use by tier, in order; empty when everybody gets the same.")
    async def tier_figures(self) -> list[DropTierFigures]:
        found = await coupons.figures_by_template(self.merchant, self.drop.info.id) if self.drop.info.tiers else {}
        figures = [found.get(tier.template.id, coupons.Figures(None)) for tier in self.drop.info.tiers]
        return [
            DropTierFigures(tier=tier, claimed=f.claimed, redeemed=f.redeemed, orders=f.orders, discount_fen=f.took_fen)
            for tier, f in zip(await tiers_of(self.merchant, self.drop.info, staff=True), figures, strict=True)
        ]

    @strawberry.field(
        description="投放效果, what it did at each placement, in the order of the page; what came another way last."
    )
    async def figures(self) -> list[PlacementFigures]:
        drop = self.drop.info
        return [PlacementFigures.of(f) for f in await coupons.figures(self.merchant, drop.id, drop.placements)]

    @staticmethod
    async def of(merchant: Any, secret: bytes, d: coupons.DropInfo) -> CouponDropDetails:
        return CouponDropDetails(
            drop=CouponDrop.of(d),
            audience=await audience_of(merchant, d.audience),
            shared_code=d.shared_code,
            scene_sentence=words.scope(d.scene, d.template.sku_names) if d.scene is not None else None,
            gives_back=d.gives_back,
            budget_fen=d.budget_fen,
            promised_fen=d.promised_fen,
            spent_fen=d.spent_fen,
            link_token=coupons.link_token(secret, d.id) if d.access == "link" else None,
            merchant=merchant,
        )
