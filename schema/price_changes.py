"""A price that changed between the quote and the order: what was seen, what it is now, and what moved (Q05, Q07)."""

from __future__ import annotations

import strawberry

from backend import orders
from schema import words
from schema.base import Fen, Refusal, described, enumeration
from schema.cart import name_of, quote_view, why_not
from schema.quote_types import Quote, RejectionReason

PriceMoveKind = enumeration(
    "PriceMoveKind",
    {
        "OFFER": "An offer or coupon.",
        "LIST_PRICE": "The list price of an article.",
        "SHIPPING": "Shipping.",
        "TENDER": "What a tender pays.",
        "EARNING": "What is earned.",
    },
    "What moved.",
)
TENDERS = {"points": "积分", "balance": "余额", "red_packet": "红包"}


@described
@strawberry.type
class SeenOffer:
    """An offer or coupon of the price that was seen.
    id: Its id.
    name: Its name.
    off_fen: Fen that it took off; 0 for a gift.
    """

    id: strawberry.ID
    name: str
    off_fen: Fen


@described
@strawberry.type
class SeenPrice:
    """The price as it was seen.
    list_fen: Goods at list price.
    goods_fen: Goods after all offers.
    shipping_fen: Shipping.
    payable_fen: Goods and shipping.
    due_fen: What was to be paid in cash.
    offers: What made it.
    """

    list_fen: Fen
    goods_fen: Fen
    shipping_fen: Fen
    payable_fen: Fen
    due_fen: Fen
    offers: list[SeenOffer]


@described
@strawberry.type
class PriceMove:
    """One thing that is another now.
    kind: What it is.
    offer_id: The offer or coupon.
    sku: The article.
    was: What it was, fen (of an earning points, fen or pieces); null: it was not there.
    now: What it is; null: it is there no more.
    reason: Why the offer no longer applies; null: it does, or it is over or used up.
    sentence: All of it in words.
    """

    kind: PriceMoveKind  # type: ignore[valid-type]
    offer_id: strawberry.ID | None
    sku: str | None
    was: int | None
    now: int | None
    reason: RejectionReason | None  # type: ignore[valid-type]
    sentence: str


@described
@strawberry.type
class PriceChanged(Refusal):
    """The price is no longer the one that was shown; nothing was taken.
    seen_payable_fen: What was shown.
    seen: The price as it was shown; null where only its sum was told (a till).
    quote: The price now.
    changes: What moved, the greatest first; empty where it is not known what was shown.
    """

    seen_payable_fen: Fen
    seen: SeenPrice | None
    quote: Quote
    changes: list[PriceMove]

    @classmethod
    def of(cls, changed: orders.PriceChanged) -> PriceChanged:
        view, was = quote_view(changed.now), changed.seen_payable_fen
        assert isinstance(view, Quote)
        moves = [_move(changed, m) for m in changed.moves]
        why = f"（{moves[0].sentence}）" if moves else ""
        text = f"价格有变化：刚才 {words.yuan(was)}，现在 {words.yuan(view.payable_fen)}{why}，请确认后再下单"
        if was == view.payable_fen:
            text = f"优惠组合有变化，应付仍是 {words.yuan(was)}{why}，请确认后再下单"
        return cls(
            code="PriceChanged",
            message=text,
            seen_payable_fen=was,
            seen=_seen(changed),
            quote=view,
            changes=moves,
        )


def _seen(changed: orders.PriceChanged) -> SeenPrice | None:
    seen = changed.seen
    if seen is None:
        return None
    return SeenPrice(
        list_fen=seen.list,
        goods_fen=seen.goods,
        shipping_fen=seen.shipping,
        payable_fen=seen.payable,
        due_fen=seen.due,
        offers=[
            SeenOffer(id=strawberry.ID(i), name=_called(changed, i), off_fen=off) for i, off in seen.offers.items()
        ],
    )


def _called(changed: orders.PriceChanged, key: str) -> str:
    return changed.names.get(key) or name_of(changed.now, key)


def _move(changed: orders.PriceChanged, m: orders.Moved) -> PriceMove:
    rejected = next((r for r in changed.now.quote.rejected if r.id == m.key), None) if m.now is None else None
    return PriceMove(
        kind=PriceMoveKind[m.kind],
        offer_id=strawberry.ID(m.key) if m.kind in ("OFFER", "EARNING") else None,
        sku=m.key if m.kind == "LIST_PRICE" else None,
        was=m.was,
        now=m.now,
        reason=RejectionReason[rejected.reason] if rejected else None,
        sentence=_words(changed, m, why_not(changed.now, rejected) if rejected else ""),
    )


def _words(changed: orders.PriceChanged, m: orders.Moved, why: str) -> str:
    was, now = words.yuan(m.was or 0), words.yuan(m.now or 0)
    match m.kind:
        case "LIST_PRICE":
            return f"「{_called(changed, m.key)}」商品价由 {was} 变为 {now}"
        case "SHIPPING":
            return f"运费由 {was} 变为 {now}"
        case "TENDER":
            return f"{TENDERS[m.key]}抵扣由 {was} 变为 {now}"
        case "EARNING":
            return f"「{_called(changed, m.key)}」的返还{'有变化' if m.was and m.now else '没有了' if m.was else '可以得到了'}"
    name = f"「{_called(changed, m.key)}」"
    if m.now is None:
        over = why or ("已用掉、过期或取消" if m.key.startswith("cpn_") else "已结束")
        return f"{name}{over}，少减 {was}" if m.was else f"{name}{over}"
    if m.was is None:
        return f"{name}用上了，减 {now}" if m.now else f"{name}用上了"
    return f"{name}由减 {was} 变为减 {now}"
