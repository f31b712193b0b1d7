"""Pure: what a payment, a completion and a refund are in the merchant's books (核算, B09): lines in fen that sum to zero.

Debit positive. Goods and shipping are booked at list, what offers took off stands beside them by level, mode, offer and SKU,
so that discounts add up to the order's saving (O7). A refund books the same the other way round for the units that return.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backend.ledger import JournalLine as Line
from backend.orders import bearing_rules
from backend.orders.rules import units_of

TENDERS = {"points": "points_liability", "balance": "balance_liability", "red_packet": "red_packet_liability"}
LIABILITIES = tuple(TENDERS.values())
NAMES = {
    "cash": "收款（微信支付；方式 external 为外部系统）",
    "points_liability": "积分负债",
    "balance_liability": "余额负债",
    "red_packet_liability": "红包负债",
    "refund_due": "应付退款",
    "sales": "商品销售（标价）",
    "shipping": "运费",
    "discount": "优惠",
    "supplier_receivable": "应收供应商",
    "supplier_share": "供应商承担的优惠",
    "refund_difference": "退款差额",
    "withheld": "退款扣下",
    "points_expense": "积分返还",
    "red_packet_expense": "红包返还",
    "points_granted": "积分赠送",
    "points_breakage": "积分过期",
    "red_packet_granted": "红包赠送",
    "red_packet_breakage": "红包过期",
    "balance_granted": "余额存入",
    "deposit_liability": "预售定金",
    "deposit_forfeited": "没收的定金",
    "deposit_penalty": "双倍返还定金的赔付",
    "cost": "商品成本",
    "gift_cost": "赠品成本",
    "inventory": "库存商品",
}
"""The merchant's accounts and what they are called."""


def modes_of(request: Mapping[str, Any]) -> dict[str, str]:
    """The mode of each offer and coupon of a frozen scenario: its type; of a coupon `coupon_` and its content."""
    modes = {offer["id"]: offer["type"] for offer in request["promotions"]}
    return modes | {coupon["id"]: f"coupon_{next(iter(coupon['content']))}" for coupon in request["coupons"]}


def payment_lines(
    quote: Mapping[str, Any], modes: Mapping[str, str], costs: Mapping[str, int], through: str = "", deposit: int = 0
) -> list[Line]:
    """A paid order. `costs` are fen a unit by SKU, as they are today; an article without one costs nothing. `through` says
    who has the cash: the mode `external` where it is an external system. `deposit` of it was paid before, by a pre-sale."""
    level = {offer["id"]: offer["level"] for offer in quote["offers"]}
    lines = []
    for line in quote["lines"]:
        lines.append(Line("sales", -line["list"], sku=line["sku"]))
        lines += [
            Line("discount", o["off"], level[o["id"]], modes[o["id"]], o["id"], line["sku"]) for o in line["offers"]
        ]
    shipping = [offer for offer in quote["offers"] if offer["level"] == "SHIPPING"]
    lines.append(Line("shipping", -quote["shipping"] - sum(offer["off"] for offer in shipping)))
    lines += [Line("discount", o["off"], "SHIPPING", modes[o["id"]], o["id"]) for o in shipping]
    lines += bearing_rules.lines(bearing_rules.borne(quote), quote, modes)
    lines += [Line(TENDERS[tender["kind"]], tender["fen"]) for tender in quote["tenders"]]
    lines += [Line("cash", quote["due"] - deposit, mode=through), Line("deposit_liability", deposit)]
    sold: dict[str, int] = {}
    for line in quote["lines"]:
        sold[line["sku"]] = sold.get(line["sku"], 0) + line["qty"]
    lines += [Line("cost", costs.get(sku, 0) * qty, sku=sku) for sku, qty in sold.items()]
    for gift in quote["gifts"]:
        cost = costs.get(gift["sku"], 0) * gift["qty"]
        lines.append(Line("gift_cost", cost, "GIFT", modes[gift["offer"]], gift["offer"], gift["sku"]))
    return lines + [
        Line("inventory", -costs.get(sku, 0) * qty, sku=sku) for sku, qty in sorted(units_of(quote).items())
    ]


def deposit_lines(deposit: int) -> list[Line]:
    """A deposit that was paid: it is owed until the rest is paid."""
    return [Line("cash", deposit), Line("deposit_liability", -deposit)]


def forfeit_lines(kept: int) -> list[Line]:
    """A deposit that the customer has lost."""
    return [Line("deposit_liability", kept), Line("deposit_forfeited", -kept)]


def completion_lines(
    earned: Iterable[tuple[str, str, int]], modes: Mapping[str, str], points_per_yuan: int
) -> list[Line]:
    """What a completed order grants (offer, unit, amount): points and red packets are owed from now on. Stamps and coupons have
    no price of their own."""
    lines = []
    for offer, unit, amount in earned:
        fen = _worth(unit, amount, points_per_yuan)
        if fen:
            lines += [Line(f"{unit}_expense", fen, "EARN", modes[offer], offer), Line(f"{unit}_liability", -fen)]
    return lines


def _worth(unit: str, amount: int, points_per_yuan: int) -> int:
    """What is owed for a benefit, fen."""
    return amount * 100 // points_per_yuan if unit == "points" else amount if unit == "red_packet" else 0


ByLine = Sequence[tuple[str, int, int, int, Sequence[tuple[str, int]]]]
"""(SKU, units, fen given back, their list price, [(offer, discount that they had)]) of a batch, line by line."""


def refund_lines(
    outcome: Mapping[str, Any],
    by_line: ByLine,
    quote: Mapping[str, Any],
    modes: Mapping[str, str],
    points_per_yuan: int,
    borne: Sequence[bearing_rules.Borne] = (),
) -> list[Line]:
    """A batch (`refund_rules.outcome`): list price and discounts of what returns, who had `borne` them, and who is paid. What
    rounding, or the policy `reprice`, makes of it is the difference, which is nothing once an order has come back whole."""
    level = {offer["id"]: offer["level"] for offer in quote["offers"]}
    lines = []
    for sku, _, fen, listed, offs in by_line:
        lines.append(Line("sales", listed, sku=sku))
        lines += [Line("discount", -off, level[o], modes[o], o, sku) for o, off in offs]
        lines.append(Line("refund_difference", fen - listed + sum(off for _, off in offs), sku=sku))
    free = [(offer, off) for offer, at, off in outcome["offs"] if at == "SHIPPING"]
    lines.append(Line("shipping", outcome["shipping"] + sum(off for _, off in free)))
    lines += [Line("discount", -off, "SHIPPING", modes[offer], offer) for offer, off in free]
    lines += bearing_rules.lines(borne, quote, modes, -1)
    for unit, fen, _, kept, _ in outcome["tenders"]:
        lines += [Line(TENDERS[unit], -fen), Line(TENDERS[unit], kept)]
    cash = outcome["refund"] - sum(tender[1] for tender in outcome["tenders"])
    lines += [Line("refund_due", -cash), Line("refund_due", cash - outcome["cash"])]
    lines.append(Line("withheld", -outcome["withheld"]))
    for offer, unit, _, taken, _ in outcome["clawed"]:
        fen = _worth(unit, taken, points_per_yuan)
        if fen:
            lines += [Line(f"{unit}_expense", -fen, "EARN", modes[offer], offer), Line(f"{unit}_liability", fen)]
    return lines


def restock_lines(
    paid: Sequence[Line], quote: Mapping[str, Any], units: Mapping[str, int], by_line: ByLine
) -> list[Line]:
    """Units that go back on the shelf, at what they had cost when they were sold (`paid`: the lines of the payment)."""
    total = units_of(quote)
    sold: dict[str, int] = {}
    for sku, qty, *_ in by_line:
        sold[sku] = sold.get(sku, 0) + qty
    lines = []
    for sku, qty in sorted(units.items()):
        unit = sum(-line.fen for line in paid if line.account == "inventory" and line.sku == sku) // total[sku]
        back = sold.get(sku, 0)
        lines.append(Line("inventory", unit * qty, sku=sku))
        lines += [Line("cost", -unit * back, sku=sku), Line("gift_cost", -unit * (qty - back), "GIFT", sku=sku)]
    return lines
