"""Cart price 试算: the engine's quote with names and words, as a query and live."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import strawberry

from backend import coupons, families, ledger, offers, orders, pricing
from backend.kit import ids, live
from backend.kit.clock import day_start, local_day, now
from backend.kit.observe import SUBSCRIBERS
from schema import words
from schema.base import AppInfo, InvalidInput, member_id, merchant_id, shop
from schema.catalog import Product, needed_id, optional_id, product_view
from schema.coupon_types import Coupon
from schema.family import FamilyShare
from schema.live import outlasting
from schema.promotions import OfferLevel
from schema.quote_types import (
    AddOnChoice,
    AppliedOffer,
    CappedTender,
    CartGroup,
    CartInput,
    CartQuoteUpdate,
    Earning,
    GiftChoice,
    LineOffer,
    Quote,
    QuoteAddOn,
    QuoteCartResult,
    QuoteGift,
    QuoteLine,
    RejectedOffer,
    RejectionReason,
    SuggestedLine,
    Suggestion,
    TenderUse,
    UsableCoupon,
    UsableRedPacket,
)
from schema.red_packets import RedPacket


def wish_of(given: CartInput) -> orders.Wish:
    choice, tenders = given.coupons, given.tenders
    return orders.Wish(
        store_id=optional_id("sto", given.store_id),
        channel=given.channel.name,
        delivery=given.delivery.name,
        payment=given.payment.name,
        lines=tuple((line.sku, line.qty) for line in given.lines),
        coupon_mode=choice.mode.name if choice else "AUTO",
        coupon_ids=tuple(needed_id("cpn", c) for c in choice.ids) if choice else (),
        points=tenders.points if tenders else 0,
        family=tenders.family if tenders else False,
        balance_fen=tenders.balance_fen if tenders else 0,
        red_packet_mode=tenders.red_packets.name if tenders else "FIXED",
        red_packets=tuple(dict.fromkeys(needed_id("rpk", p) for p in tenders.red_packet_ids)) if tenders else (),
        suggest=given.suggest,
        compare_coupons=given.compare_coupons,
        every_coupon=given.every_coupon,
        add_ons=tuple((str(a.offer_id), a.sku, a.qty) for a in given.add_ons),
        gift_choices=tuple((str(g.offer_id), g.sku) for g in given.gift_choices),
    )


def name_of(priced: orders.Priced, offer_id: str) -> str:
    offer = priced.offer(offer_id)
    return offer.name or rule_of(priced, offer) if offer else offer_id


def rule_of(priced: orders.Priced, offer: pricing.Offer | None) -> str:
    """Its rule in words: articles, stores and the offers that it excludes are called by name."""
    if offer is None:
        return ""
    others = {x: found.name for x in offer.excludes if (found := priced.live.offers.get(x)) and found.name}
    return words.rule(offer, {**priced.names, **others})


def why_not(priced: orders.Priced, rejection: pricing.Rejection) -> str:
    """Why it did not apply, in words."""
    held = priced.held.get(rejection.id)
    if rejection.reason == "NOT_YET" and held is not None and held.again_at is not None:
        coupon, used = (
            held.coupon,
            f"这种券每天限用 {held.coupon.template.uses_per_day} 张，今天已用 {held.used_today} 张",
        )
        again = max(held.again_at, coupon.valid_from)
        if again >= coupon.expires_at:
            return f"{used}；这张 {words.moment(coupon.expires_at)} 到期，不能再用了"
        return f"{used}，{words.moment(again)} 起可再用"
    if held is not None and held.coupon.template.full_price_only and (told := _for_full_price(priced, rejection, held)):
        return told
    by = rejection.figures.get("by")
    return words.rejection(rejection, {**priced.names, by: name_of(priced, by)} if by else priced.names)


def _for_full_price(priced: orders.Priced, rejection: pricing.Rejection, held: coupons.UsableCoupon) -> str | None:
    """Why a 原价券 did not apply, where promotions of its goods are why: by their names."""
    dearer = rejection.figures.get("by_fen")
    if rejection.reason == "THRESHOLD":
        return f"原价商品{words.rejection(rejection)}"
    if rejection.reason not in ("NOT_BETTER", "EXCLUDED") or (dearer is not None and dearer < 0):
        return None
    if rejection.reason == "NOT_BETTER" and dearer is None and priced.request.cart.coupons is not None:
        return None  # the customer's own choice may be why: nobody compared
    takers = orders.in_the_way(priced.quote, rejection.offer, held.coupon.template.content)
    names = list(dict.fromkeys(name_of(priced, one) for one in takers))
    if not names:
        return None
    saving = f"，这样更省 {words.yuan(dearer)}" if dearer else ""
    return f"仅限原价商品，这单的商品参加了「{'」「'.join(names[:2])}」{'等活动' if len(names) > 2 else ''}{saving}"


def promotion_id(promotion: uuid.UUID) -> strawberry.ID:
    return strawberry.ID(ids.encode("pro", promotion))


def _promotion_id(priced: orders.Priced, offer_id: str) -> strawberry.ID | None:
    found = priced.live.promotion_of.get(offer_id)
    return promotion_id(found) if found else None


def _coupon_id(priced: orders.Priced, offer_id: str) -> strawberry.ID | None:
    held = priced.held.get(offer_id)
    return strawberry.ID(ids.encode("cpn", held.coupon.id)) if held else None


def applied_view(priced: orders.Priced, applied: pricing.AppliedOffer) -> AppliedOffer:
    offer = priced.offer(applied.id)
    return AppliedOffer(
        id=strawberry.ID(applied.id),
        name=name_of(priced, applied.id),
        level=OfferLevel[applied.level],
        off_fen=applied.off,
        uses=applied.uses,
        sentence=rule_of(priced, offer),
        coupon_id=_coupon_id(priced, applied.id),
        promotion_id=_promotion_id(priced, applied.id),
    )


def _rejected_view(priced: orders.Priced, rejection: pricing.Rejection) -> RejectedOffer:
    figures = rejection.figures
    at = figures.get("at")
    return RejectedOffer(
        id=strawberry.ID(rejection.id),
        name=name_of(priced, rejection.id),
        level=OfferLevel[rejection.offer.level],
        reason=RejectionReason[rejection.reason],
        sentence=why_not(priced, rejection),
        short_by_fen=figures.get("short_by_fen"),
        short_by_count=figures.get("short_by_count"),
        at=dt.datetime.fromisoformat(at) if isinstance(at, str) else at,
        leaf=figures.get("leaf"),
        limit=figures.get("which"),
        resets_at=dt.datetime.fromisoformat(resets) if (resets := figures.get("resets_at")) else None,
        by=_by(figures.get("by")),
        not_better_by_fen=figures.get("by_fen"),
        coupon_id=_coupon_id(priced, rejection.id),
        promotion_id=_promotion_id(priced, rejection.id),
    )


def _by(value: Any) -> list[strawberry.ID]:
    if value is None:
        return []
    return [strawberry.ID(v) for v in ([value] if isinstance(value, str) else value)]


def _group(
    priced: orders.Priced, offer: pricing.Offer, skus: list[str], off: int, short: Mapping[str, Any]
) -> CartGroup:
    lines = [line for line in priced.quote.lines if line.sku in skus]
    levels = {o.id: o.level for o in priced.quote.offers}
    base = sum(line.list - sum(o.off for o in line.offers if levels[o.id] == "LINE") for line in lines)
    ahead = orders.next_tier(json.loads(offer.source), base, sum(line.qty for line in lines))
    return CartGroup(
        offer_id=strawberry.ID(offer.id),
        title=name_of(priced, offer.id),
        sentence=rule_of(priced, offer),
        skus=skus,
        reached=off > 0,
        short_by_fen=short.get("short_by_fen"),
        short_by_count=short.get("short_by_count"),
        off_fen=off,
        promotion_id=_promotion_id(priced, offer.id),
        next_sentence=ahead.sentence if ahead else None,
        progress_bp=ahead.progress_bp if ahead else 10_000,
    )


def _groups(priced: orders.Priced) -> list[CartGroup]:
    """Each line stands under the order-level offer that took it, else under the nearest one it could reach, else alone."""
    quote, groups, placed = priced.quote, [], set()
    for applied in quote.offers:
        offer = priced.offer(applied.id)
        taken = [x.sku for x in quote.lines if x.sku not in placed and any(o.id == applied.id for o in x.offers)]
        if applied.level == "ORDER" and offer and taken:
            placed.update(taken)
            groups.append(_group(priced, offer, taken, applied.off, {}))
    near = [r for r in quote.rejected if r.reason == "THRESHOLD" and r.offer.level == "ORDER"]
    for r in sorted(near, key=lambda r: (r.figures.get("short_by_fen", 10**12), r.id)):
        holds = [
            x.sku for x in quote.lines if x.sku not in placed and r.offer.scope.holds(priced.request.catalog[x.sku])
        ]
        if holds:
            placed.update(holds)
            groups.append(_group(priced, r.offer, holds, 0, r.figures))
    rest = [line.sku for line in quote.lines if line.sku not in placed]
    if rest:
        groups.append(
            CartGroup(
                offer_id=None,
                title="其他商品",
                sentence="",
                skus=rest,
                reached=False,
                short_by_fen=None,
                short_by_count=None,
                off_fen=0,
                promotion_id=None,
                next_sentence=None,
                progress_bp=10_000,
            )
        )
    return groups


def _suggestion_view(priced: orders.Priced, views: dict[str, Product], s: pricing.Suggestion) -> Suggestion:
    added = [(line.sku, line.qty) for line in s.add]
    names = "、".join(f"{views[sku].name}×{qty}" for sku, qty in added)
    delta = s.payable - priced.quote.payable
    text = (
        f"加 {names}，反而少付 {words.yuan(-delta)}"
        if delta < 0
        else f"加 {names}，共付 {words.yuan(s.payable)}（多付 {words.yuan(delta)}）"
    )
    return Suggestion(
        kind=s.kind,
        offer_id=strawberry.ID(s.offer) if s.offer else None,
        payable_fen=s.payable,
        sentence=text,
        add=[SuggestedLine(sku=sku, product=views[sku], qty=qty) for sku, qty in added],
    )


def _coupon_views(priced: orders.Priced) -> list[UsableCoupon]:
    applied = set(priced.quote.coupons_used)
    why = {r.id: why_not(priced, r) for r in priced.quote.rejected if r.offer.is_coupon and priced.tells(r.id)}
    return [
        UsableCoupon(
            coupon=Coupon.of(held.coupon),
            alike=held.alike,
            applied=key in applied,
            reason=None if key in applied else why.get(key, "购物车里没有这张券适用的商品"),
        )
        for key, held in priced.held.items()
        if priced.tells(key)
    ]


def _packet_views(priced: orders.Priced) -> list[UsableRedPacket]:
    pays = {t.id: t.fen for t in priced.quote.tenders if t.kind == "red_packet"}
    asked = priced.request.cart.tenders.red_packets
    most, caps = priced.quote.capped.get("red_packet"), priced.request.policy.tender_caps
    capped = next((words.capped(cap, most) for cap in caps if cap.kind == "red_packet" and most is not None), None)
    found = []
    for packet in priced.packets:
        view = RedPacket.of(packet)
        reason = None
        if view.id not in asked:
            reason = "未选用"
        elif packet.min_fen > priced.quote.payable:
            reason = f"满 {words.yuan(packet.min_fen)} 可用，还差 {words.yuan(packet.min_fen - priced.quote.payable)}"
        elif view.id not in pays:
            reason = capped or ("其他红包已经够付" if pays else "参加的活动不能用红包")
        found.append(UsableRedPacket(packet=view, pays_fen=pays.get(view.id, 0), reason=reason))
    return found


def earned_words(
    points: int | None, fen: int | None, count: int | None, template: str | None, terms: ledger.PacketPolicy
) -> str:
    """将获得, in words. `template` is what the coupon is called."""
    if points:
        return f"完成后得 {points} 积分"
    if fen:
        least = f"，满 {words.yuan(terms.min_fen)} 可用" if terms.min_fen else ""
        return f"完成后得 {words.yuan(fen)} 红包（{terms.days} 天内有效{least}）"
    return f"完成后得 {count} 张「{template}」" if template else f"完成后得 {count} 个集点"


def _earning(priced: orders.Priced, e: pricing.Earning) -> Earning:
    return Earning(
        offer_id=strawberry.ID(e.offer),
        name=name_of(priced, e.offer),
        points=e.points,
        fen=e.fen,
        count=e.count,
        template_id=strawberry.ID(e.template) if e.template else None,
        sentence=earned_words(
            e.points, e.fen, e.count, e.template and priced.names.get(e.template, "优惠券"), priced.earned_packets
        ),
    )


def _gift_choices(priced: orders.Priced, views: dict[str, Product]) -> list[GiftChoice]:
    """The gifts of the reached tier of each offer that gives some, where fewer may be chosen than there are."""
    given = {(g.offer, g.sku) for g in priced.quote.gifts}
    found = []
    for offer_id in dict.fromkeys(g.offer for g in priced.quote.gifts):
        offer = priced.offer(offer_id)
        tiers = json.loads(offer.source)["tiers"] if offer else []
        skus = {g.sku for g in priced.quote.gifts if g.offer == offer_id}
        tier = next((t for t in reversed(tiers) if skus <= {g["sku"] for g in t["gifts"]}), None)
        if tier and tier.get("choose") and tier["choose"] < len(tier["gifts"]):
            found += [
                GiftChoice(
                    offer_id=strawberry.ID(offer_id),
                    name=name_of(priced, offer_id),
                    sku=gift["sku"],
                    product=views[gift["sku"]],
                    qty=gift.get("qty", 1),
                    choose=tier["choose"],
                    chosen=(offer_id, gift["sku"]) in given,
                )
                for gift in tier["gifts"]
                if gift["sku"] in views
            ]
    return found


def _add_on_choices(priced: orders.Priced, views: dict[str, Product]) -> list[AddOnChoice]:
    """Articles of the add-on offers that this cart may use now, or could with more goods."""
    chosen = {(a.offer, a.sku): a.qty for a in priced.quote.add_ons}
    levels = {o.id: o.level for o in priced.quote.offers}
    sold = priced.quote.lines[: len(priced.quote.lines) - len(priced.quote.add_ons)]
    found = []
    for offer, reached in priced.add_on_offers():
        rule = json.loads(offer.source)
        mine = [x for x in sold if offer.scope.holds(priced.request.catalog[x.sku])]
        base = sum(x.list - sum(o.off for o in x.offers if levels[o.id] == "LINE") for x in mine)
        found += [
            AddOnChoice(
                offer_id=strawberry.ID(offer.id),
                name=name_of(priced, offer.id),
                sku=item["sku"],
                product=views[item["sku"]],
                price_fen=max(item["price"], priced.request.catalog[item["sku"]].floor),
                chosen=chosen.get((offer.id, item["sku"]), 0),
                most=rule.get("choose", 1),
                reached=reached,
                short_by_fen=0 if reached else max(0, rule["min"] - base),
            )
            for item in rule["items"]
            if item["sku"] in views
        ]
    return found


def _next_change(priced: orders.Priced) -> dt.datetime | None:
    """When a rule that can concern this cart, a coupon or a red packet begins or ends next, or the day of what is limited a day."""
    rules = pricing.next_change(
        (*priced.concerning(priced.live), *priced.request.coupons),
        priced.at,
        priced.request.policy.tz,
        priced.request.customer.used_today,
    )
    return min([*([rules] if rules else []), *(p.expires_at for p in priced.packets)], default=None)


def quote_view(priced: orders.Priced | orders.Invalid) -> Quote | InvalidInput:
    if isinstance(priced, orders.Invalid):
        return InvalidInput.of(priced.problems)
    quote = priced.quote
    request = priced.request
    use = offers.Usage(request.stock, request.customer.used, request.customer.used_today)
    left = offers.remaining_of(priced.live, use, request.budget, request.gift_quota)
    views = {
        sku: product_view(priced.live, left, priced.store, info, priced.request.policy)
        for sku, info in priced.products.items()
    }
    levels = {o.id: o.level for o in quote.offers}
    lines = [
        QuoteLine(
            sku=line.sku,
            product=views[line.sku],
            qty=line.qty,
            list_fen=line.list,
            payable_fen=line.payable,
            units_fen=line.units,
            offers=[
                LineOffer(
                    id=strawberry.ID(o.id), name=name_of(priced, o.id), level=OfferLevel[levels[o.id]], off_fen=o.off
                )
                for o in line.offers
            ],
        )
        for line in quote.lines
    ]
    return Quote(
        list_fen=quote.list,
        goods_fen=quote.goods,
        saved_fen=quote.saved,
        shipping_fen=quote.shipping,
        payable_fen=quote.payable,
        due_fen=quote.due,
        lines=lines,
        groups=_groups(priced),
        offers=[applied_view(priced, o) for o in quote.offers],
        coupons=_coupon_views(priced),
        coupon_count=len(priced.held),
        max_coupons=request.policy.max_coupons,
        red_packets=_packet_views(priced),
        earn=[_earning(priced, e) for e in quote.earn],
        tenders=[
            TenderUse(kind=t.kind, id=strawberry.ID(t.id) if t.id else None, fen=t.fen, points=t.points)
            for t in quote.tenders
        ],
        capped=[
            CappedTender(
                kind=cap.kind, most_fen=quote.capped[cap.kind], sentence=words.capped(cap, quote.capped[cap.kind])
            )
            for cap in request.policy.tender_caps
            if cap.kind in quote.capped
        ],
        family=[FamilyShare(name=lent.name, points=lent.points) for lent in priced.family],
        rejected=[_rejected_view(priced, r) for r in quote.rejected if not r.offer.is_coupon or priced.tells(r.id)],
        suggestions=[_suggestion_view(priced, views, s) for s in quote.suggestions],
        gifts=[
            QuoteGift(
                offer_id=strawberry.ID(g.offer),
                name=name_of(priced, g.offer),
                sku=g.sku,
                product=views[g.sku],
                qty=g.qty,
                list_fen=g.list,
            )
            for g in quote.gifts
        ],
        add_ons=[
            QuoteAddOn(
                offer_id=strawberry.ID(a.offer),
                name=name_of(priced, a.offer),
                sku=a.sku,
                product=views[a.sku],
                qty=a.qty,
                list_fen=a.list,
                off_fen=a.off,
                payable_fen=a.payable,
            )
            for a in quote.add_ons
        ],
        gift_choices=_gift_choices(priced, views),
        add_on_choices=_add_on_choices(priced, views),
        optimal=quote.optimal,
        lower_bound_fen=quote.lower_bound,
        rules=quote.rules,
        token=priced.token,
        quoted_at=priced.at,
        next_change_at=_next_change(priced),
    )


@strawberry.type
class CartQuery:
    @strawberry.field(description="The price of a cart now 试算.", permission_classes=shop())
    async def quote_cart(self, info: AppInfo, input: CartInput) -> QuoteCartResult:
        return quote_view(
            await orders.quote(
                info.context.runtime.settings.secret, merchant_id(info), member_id(info), wish_of(input), now()
            )
        )


CAUSES = {
    "COUPON": "您的券有变化",
    "COUPON_ENDED": "您的券到期了",
    "PACKET_ENDED": "您的红包到期了",
    "ACCOUNT": "您的账户有变化",
    "FAMILY": "家人可共享的积分有变化",
    "LEVEL": "您的会员等级有变化",
    "STACKING": "叠加规则有变化",
    "TENDERS": "抵扣规则有变化",
    "STOCK": "活动名额已用完",
    "BACK": "活动名额又有了",
    "SHELF": "商品库存有变化",
    "ORDER": "您的订单有变化",
    "RESYNC": "已重新连上",
    "TIME": "活动时间到了",
    "NEW_DAY": "新的一天，每日限次恢复了",
}


def _by_the_clock(priced: orders.Priced | orders.Invalid, at: dt.datetime) -> str:
    """What the clock alone changed between a price and `at`: a coupon or red packet of the shopper's ended, else a rule."""
    if isinstance(priced, orders.Priced):
        if any(c.expires is not None and priced.at < c.expires <= at for c in priced.request.coupons):
            return CAUSES["COUPON_ENDED"]
        if any(priced.at < p.expires_at <= at for p in priced.packets):
            return CAUSES["PACKET_ENDED"]
        midnight = day_start(local_day(at, tz := priced.request.policy.tz), tz)
        limited = (priced.live.offers.get(name) for name in priced.request.customer.used_today)
        if priced.at < midnight and any(o is not None and o.limits.per_day is not None for o in limited):
            return CAUSES["NEW_DAY"]
    return CAUSES["TIME"]


def _cause_words(causes: list[dict[str, str]]) -> str:
    """The latest cause in words; a promotion is called by its name."""
    for cause in reversed(causes):
        if cause["cause"] == "RULES":
            return f"「{cause.get('name', '活动')}」{'已结束' if cause.get('change') == 'ended' else '开始了'}"
    return CAUSES.get(causes[-1]["cause"], "价格有变化")


def _same(a: Quote | InvalidInput | None, b: Quote | InvalidInput) -> bool:
    """Equal but for the moment, so that nothing is pushed that the shopper could not see."""
    if not isinstance(a, Quote) or not isinstance(b, Quote):
        return False
    return {**a.__dict__, "quoted_at": None} == {**b.__dict__, "quoted_at": None}


@strawberry.type
class CartSubscription:
    @strawberry.subscription(
        description="The cart's price now, and again whenever it changes: a promotion starts, ends, changes or sells out, a coupon comes or goes.",
        permission_classes=shop(),
    )
    async def cart_quote(self, info: AppInfo, input: CartInput) -> AsyncGenerator[CartQuoteUpdate, None]:
        runtime, merchant, member, wish = info.context.runtime, merchant_id(info), member_id(info), wish_of(input)
        topics = [f"rules:{merchant}", *([f"member:{member}"] if member else [])]
        async with AsyncExitStack() as stack:
            waiter = await stack.enter_async_context(runtime.hub.listening(topics))
            SUBSCRIBERS.inc()
            stack.callback(SUBSCRIBERS.dec)
            circle, heard = await stack.enter_async_context(AsyncExitStack()), frozenset[uuid.UUID]()
            version, last, cause = 0, None, ""

            async def look() -> orders.Priced | orders.Invalid:
                nonlocal heard
                if wish.family and member and (there := await families.others(merchant, member)) != heard:
                    await circle.aclose()
                    lent, heard = [f"lends:{other}" for other in there], there
                    await circle.enter_async_context(runtime.hub.listening(lent, waiter))
                rules = await (offers.fresh(merchant) if version else offers.live(merchant))
                return await orders.quote(runtime.settings.secret, merchant, member, wish, now(), rules)

            while True:
                priced = await outlasting(look, shown=version > 0)
                view = quote_view(priced)
                if not _same(last, view):
                    version, last = version + 1, view
                    yield CartQuoteUpdate(version=version, cause=cause if version > 1 else "", result=view)
                cause = await _next_cause(waiter, merchant, priced, view)


async def _next_cause(
    waiter: live.Waiter, merchant: uuid.UUID, priced: orders.Priced | orders.Invalid, view: Quote | InvalidInput
) -> str:
    """Waits for what can concern this cart, and says it in words. What changes for other goods is not priced again."""
    while True:
        causes = await waiter.wait(pause(None if isinstance(view, InvalidInput) else view.next_change_at))
        epoch = max((int(c.get("epoch", 0)) for c in causes), default=0)
        rules = await outlasting(partial(offers.live, merchant, epoch), shown=True)
        if orders.concerned(priced, rules, causes):
            return _cause_words(causes) if causes else _by_the_clock(priced, now())


LONGEST_WAIT = 3600.0


def pause(until: dt.datetime | None) -> float:
    """Seconds until something begins or ends by the clock, plus a little so that it has; at most an hour."""
    if until is None:
        return LONGEST_WAIT
    return min(LONGEST_WAIT, max(0.01, (until - now()).total_seconds() + 0.005))


__all__ = ["AppliedOffer", "CartInput", "CartQuery", "CartSubscription", "Earning", "Quote", "quote_view", "wish_of"]
