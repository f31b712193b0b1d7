"""Pure: what a refund gives back and why, in the customer's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.ledger import RETURN_DAYS
from backend.orders.refund_rules import Clawed, Plan, Unit
from backend.orders.rules import yuan


def sentences(
    made: Plan, names: Mapping[str, str], coupon_words: Mapping[str, str], *, elsewhere: bool = False, whose: str = "您"
) -> list[str]:
    """Why the customer gets this much, in sentences. `names` by SKU, `coupon_words` by coupon id; `elsewhere`: the cash was
    not paid through WeChat here, so that the store hands it out; `whose`: the customer, as who reads it says."""
    found = [f"{names.get(sku, sku)} ×{qty}，按实付价退 {yuan(fen)}" for sku, qty, fen in made.lines]
    sold: dict[str, int] = {}
    for sku, qty, _ in made.lines:
        sold[sku] = sold.get(sku, 0) + qty
    found += [
        f"赠品 {names.get(sku, sku)} ×{qty - sold.get(sku, 0)} 一起退回"
        for sku, qty in made.units
        if qty > sold.get(sku, 0)
    ]
    if made.shipping:
        found.append(f"运费 {yuan(made.shipping)} 一起退")
    elif made.everything and made.shipping_kept:
        found.append(f"运费 {yuan(made.shipping_kept)} 不退（商品送出后产生）")
    for t in made.tenders:
        own = t.amount - t.kept_amount - sum(points - kept for _, points, kept in made.family)
        if t.unit == "points" and own:
            found.append(f"抵扣用的 {own} 积分退回积分账户；已过期的再给 {RETURN_DAYS} 天，只给一次")
        if t.unit == "points" and made.family:
            found.append(f"家人的 {sum(points - kept for _, points, kept in made.family)} 积分退回给家人")
        if t.unit == "red_packet" and t.amount > t.kept_amount:
            found.append(f"{yuan(t.amount - t.kept_amount)} 退回红包；已过期的红包再给 {RETURN_DAYS} 天，只给一次")
        if t.unit == "balance" and t.amount > t.kept_amount:
            found.append(f"{yuan(t.amount - t.kept_amount)} 退回余额")
    if made.cash:
        found.append(f"{yuan(made.cash)} {'由门店当面退还（不是在这里付的款）' if elsewhere else '原路退回微信支付'}")
    for c in made.clawed:
        amount, spent = _benefit(c.unit, c.amount), _benefit(c.unit, c.spent)
        if not made.completed:
            found.append(f"订单完成时少得 {amount}")
        elif c.spent:
            found.append(f"这些商品送的 {amount}要收回，其中 {spent}已经用掉")
        elif c.taken < c.amount:
            found.append(f"这些商品送的 {amount}收回，其中 {_benefit(c.unit, c.amount - c.taken)}已过期")
        else:
            found.append(f"这些商品送的 {amount}收回")
    if made.withheld:
        because = [
            *([f"用掉的{_spent_words(made.clawed)}"] if made.spent_fen > 0 else []),
            *(["没有退回的赠品（按标价）"] if made.gifts_fen > 0 else []),
        ]
        found.append(f"扣下 {yuan(made.withheld)}：{'、'.join(because) or '前几次退款没扣完的部分'}")
    found += [
        f"赠品 {names.get(sku, sku)} ×{qty} 留下，按 {yuan(fen)} 扣除，此后归{whose}"
        for _, sku, qty, fen in made.charged
    ]
    if made.owed and not made.everything:
        found.append(f"还有 {yuan(made.owed)} 没有扣完，从以后的退款里扣")
    if made.coupon_fen:
        found.append(f"留下的商品不够用券门槛，券在它们上面的优惠 {yuan(made.coupon_fen)} 从这次退款里收回")
    for coupon in made.coupons:
        name = coupon_words.get(coupon.id, "优惠券")
        if coupon.back:
            found.append(f"「{name}」退回券包，可以再用")
        elif coupon.why == "REACHED":
            found.append(f"「{name}」不退：留下的商品还满足用券门槛")
        elif coupon.why == "TOO_DEAR":
            found.append(f"「{name}」不退：退券要收回它在留下商品上的优惠，比这次退的钱还多；整单退完再退券")
        elif coupon.why == "PART":
            found.append(f"「{name}」不退：还有商品没有退，整单退完才退券")
        elif coupon.why == "POLICY":
            found.append(f"「{name}」不退：按这张券的规则，使用后不退")
        else:
            found.append(f"「{name}」不退：已经过期")
    return found


def why_closed(asked: Sequence[Sequence[Any]], left: Mapping[str, int]) -> str | None:
    """Why a request for these units [sku, qty] can no longer be approved after a batch that was not made for it, in the
    customer's words; None where all of them are still there."""
    if not any(left.values()):
        return "门店已经把能退的都退了，不用再申请"
    if all(qty <= left.get(sku, 0) for sku, qty in asked):
        return None
    if not any(left.get(sku, 0) for sku, _ in asked):
        return "门店已经先退了这些商品，不用再申请"
    return "门店已先退了其中一部分，请按余下的重新申请"


LAST_ONLY = "微信支付对这笔付款只能再退一次，请把余下的一起申请"
"""Why a request for a part ends when WeChat gives cash of its payment back once more only, in the customer's words."""


BENEFITS: Mapping[Unit, str] = {"points": "积分", "stamps": "印花", "red_packet": "红包", "coupon": "返券"}


def _benefit(unit: Unit, amount: int) -> str:
    """120 积分, 3 枚印花, ¥5 红包, 2 张返券."""
    match unit:
        case "red_packet":
            return f"{yuan(amount)} 红包"
        case "stamps":
            return f"{amount} 枚印花"
        case "coupon":
            return f"{amount} 张返券"
    return f"{amount} {BENEFITS[unit]}"


def _spent_words(clawed: Sequence[Clawed]) -> str:
    """积分或印花: the kinds of which something was spent; all kinds where it was an earlier batch."""
    kinds = dict.fromkeys(c.unit for c in clawed if c.spent)
    return "或".join(BENEFITS[unit] for unit in kinds) or "积分或印花"
