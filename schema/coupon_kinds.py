"""Kinds of what there is about coupons, and their words: states, contents, ways to be had, places, conditions, what is used up."""

from __future__ import annotations

from schema.base import enumeration

CouponState = enumeration(
    "CouponState",
    {
        "ISSUED": "未使用.",
        "LOCKED": "Held by an order 使用中.",
        "REDEEMED": "已使用.",
        "RELEASED": "Let go by an order that was cancelled 已释放; a step of its history, at once ISSUED again.",
        "EXPIRED": "已过期.",
        "RETURNED": "已退还, with a refund; a step of its history, at once ISSUED again.",
        "VOIDED": "已作废.",
    },
    "Where a coupon is in its life.",
)
CouponKind = enumeration(
    "CouponKind",
    {
        "OFF": "满减: so many fen off.",
        "PERCENT": "折扣: a share is paid.",
        "EXCHANGE": "兑换、换购: one unit of an article for nothing, or at a price.",
        "SHIPPING": "运费: off the shipping fee, or all of it.",
        "TRIAL": "免费试用: one unit of an article to try, for nothing.",
        "BUNDLE": "套餐: one set of some articles at a price.",
        "POINTS": "额外积分: takes nothing off; the order brings more points. Used only where it is chosen.",
        "GIVE_BACK": "全额返: takes nothing off; what is paid comes back as a red packet. Used only where it is chosen.",
    },
    "What a coupon gives.",
)
CouponDropState = enumeration(
    "CouponDropState",
    {
        "DRAFT": "草稿.",
        "UPCOMING": "未开始.",
        "OPEN": "领取中.",
        "NEXT_BATCH": "本批已领完, more come at nextBatchAt.",
        "SOLD_OUT": "已领完, of all or of the budget.",
        "ENDED": "已结束.",
    },
    "Where a drop is in its life.",
)
CouponAccess = enumeration(
    "CouponAccess",
    {
        "PUBLIC": "公开领取.",
        "LINK": "专属链接: whoever has the signed link.",
        "SHARED": "通用口令: one code for everybody.",
        "CODES": "一人一码: codes of a pool.",
        "STAFF": "人工发放: by staff alone.",
    },
    "How coupons of a drop are had 领取方式.",
)
CouponPlacement = enumeration(
    "CouponPlacement",
    {
        "HOME": "首页.",
        "PRODUCT": "商品页.",
        "CART": "购物车.",
        "CENTRE": "领券中心.",
        "POPUP": "弹窗.",
    },
    "Where a drop is shown 投放位置.",
)
LinkOwner = enumeration(
    "LinkOwner",
    {"POSTER": "海报.", "PROMOTER": "推广员.", "PARTNER": "合作方, e.g. 物业."},
    "Whose a link is 推广来源.",
)

VIA = {"poster": "海报", "promoter": "推广员", "partner": "合作方"}


def via_words(via: str | None) -> str:
    """海报 CXL01; nothing where nobody's link was used."""
    owner, _, code = (via or "").partition(":")
    return f"{VIA[owner]} {code}" if via else ""


NotForYouBecause = enumeration(
    "NotForYouBecause",
    {
        "CHANNEL": "Given out in other channels.",
        "LEVEL": "For other member levels.",
        "TAG": "For other customers.",
        "NEW_ONLY": "For customers before their first order 新客.",
        "RETURNING_ONLY": "For customers after their first order 老客.",
        "REGION": "For stores of another region.",
        "STORE": "For members of other home stores.",
        "LIFECYCLE": "For customers of another state 生命周期.",
        "RFM_TIER": "For customers of another RFM tier.",
        "NOT_FOLLOWING": "For followers of the official account 关注公众号; whoever follows may claim.",
        "NOT_IN_GROUP": "For members of a customers' group 入群领券; whoever joins may claim.",
        "NOT_PICKED_UP": "For who has picked up a group order 团购提货; whoever does may claim.",
    },
    "The condition of an audience that fails.",
)
SoldOutOf = enumeration(
    "SoldOutOf",
    {
        "TOTAL": "Every coupon is given out.",
        "BATCH": "Those of the present timed batch are given out.",
        "BUDGET": "The budget is promised.",
    },
    "What is used up.",
)
CouponReturnPolicy = enumeration(
    "CouponReturnPolicy",
    {
        "WHOLE": "整单退款时退回.",
        "BELOW": "整单退款，或部分退款后留下的商品不够用券门槛时退回; what is kept then loses its share of the discount.",
        "NEVER": "使用后不退回.",
    },
    "What becomes of a used coupon when its order is refunded (Q08).",
)

RETURNS = {
    "whole": "整单退款且未过期时退回",
    "below": "整单退款，或部分退款后不够用券门槛时退回（未过期），留下商品上的优惠同时收回",
    "never": "使用后不退回",
}
