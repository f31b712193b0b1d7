"""券 coupon: held by a customer. Its content is an effect of its own, on every line in its scope."""

from __future__ import annotations

from backend.pricing.model import Level
from backend.pricing.offers import combo, exchange, pledge, shipping
from backend.pricing.offers.base import WHOLE, Effect, Field, OfferType
from backend.pricing.offers.spend_off import SpendOff
from backend.pricing.offers.spend_percent import SpendPercent
from backend.pricing.reading import Reader

CONTENTS = ("off", "percent", "exchange", "shipping", "trial", "bundle", "points", "give_back")
PLEDGES = ("points", "give_back")
"""They take nothing off: of level EARN."""
PRIORITY = {"percent": 90, "exchange": 80, "trial": 80}


def read(r: Reader) -> Effect | None:
    content = r.object("content", required=True)
    if content is None or not isinstance(content.data, dict):
        return None
    effect = read_content(content)
    content.finish()
    return effect


def read_content(content: Reader) -> Effect | None:
    named = [name for name in CONTENTS if content.has(name)]
    if len(named) != 1:
        content.fault("", f"must have exactly one of {', '.join(CONTENTS)}")
        return None
    inner = content.object(named[0])
    if inner is None:
        return None
    effect: Effect
    if named[0] == "off":
        effect = SpendOff(((inner.number("min", default=0), inner.number("off", 1)),))
    elif named[0] == "exchange":
        effect = exchange.read(inner)
    elif named[0] == "trial":
        effect = exchange.read_trial(inner)
    elif named[0] == "bundle":
        effect = combo.read_bundle(inner)
    elif named[0] == "points":
        effect = pledge.read_points(inner)
    elif named[0] == "give_back":
        effect = pledge.read_give_back(inner)
    elif named[0] == "shipping":
        effect = shipping.read(inner, rates=False)
    else:
        least, pay_bp = inner.number("min", default=0), inner.number("pay_bp", 0, WHOLE)
        effect = SpendPercent("fen", ((least, pay_bp),), inner.maybe_number("max_off", 1))
    inner.finish()
    return effect


def content_name(data: object) -> str | None:
    """Which content a coupon's data names, to choose its defaults."""
    content = data.get("content") if isinstance(data, dict) else None
    return next((c for c in CONTENTS if c in content), None) if isinstance(content, dict) else None


def level_of(content: str | None) -> Level:
    if content in PLEDGES:
        return "EARN"
    return "SHIPPING" if content == "shipping" else "COUPON"


_MIN = Field("min", "fen", "满", "from", required=False)
TYPE = OfferType(
    "coupon",
    "优惠券",
    "coupon",
    "COUPON",
    "coupon",
    100,
    read,
    (
        Field(
            "content",
            "group",
            "券内容",
            "content",
            of=(
                Field(
                    "off",
                    "group",
                    "满减券",
                    "money off",
                    required=False,
                    of=(_MIN, Field("off", "fen", "减", "off")),
                    one_of="content",
                ),
                Field(
                    "percent",
                    "group",
                    "折扣券",
                    "percent off",
                    required=False,
                    of=(
                        _MIN,
                        Field("pay_bp", "bp", "打几折", "rate paid"),
                        Field("max_off", "fen", "最多减", "at most", required=False),
                    ),
                    one_of="content",
                ),
                Field(
                    "exchange",
                    "group",
                    "兑换券、换购券",
                    "exchange, also for a price",
                    required=False,
                    of=(
                        Field("sku", "sku", "商品", "item"),
                        Field("price", "fen", "换购价", "price", required=False),
                        Field("min", "fen", "其他商品满", "from other goods of", required=False),
                    ),
                    one_of="content",
                ),
                Field(
                    "shipping",
                    "group",
                    "运费券",
                    "shipping",
                    required=False,
                    of=(
                        _MIN,
                        Field("free", "flag", "包邮", "free", required=False, one_of="how"),
                        Field("off", "fen", "减运费", "off the fee", required=False, one_of="how"),
                    ),
                    one_of="content",
                ),
                Field(
                    "trial",
                    "group",
                    "免费试用券",
                    "free trial",
                    required=False,
                    of=(Field("sku", "sku", "试用商品", "item"),),
                    one_of="content",
                ),
                Field(
                    "bundle",
                    "group",
                    "套餐券",
                    "set at a price",
                    required=False,
                    of=(combo.ITEMS, combo.PRICE),
                    one_of="content",
                ),
                Field(
                    "points",
                    "group",
                    "额外积分券",
                    "points more",
                    required=False,
                    of=(
                        Field("min", "fen", "实付满", "from paid", required=False),
                        Field("count", "count", "多得", "more", required=False, one_of="how", unit=("积分", "points")),
                        Field("times_bp", "times", "积分翻几倍", "times the points", required=False, one_of="how"),
                    ),
                    one_of="content",
                ),
                Field(
                    "give_back",
                    "group",
                    "全额返券",
                    "paid back in full",
                    required=False,
                    of=(
                        Field("min", "fen", "实付满", "from paid", required=False),
                        Field("max", "fen", "最多返", "at most"),
                    ),
                    one_of="content",
                ),
            ),
        ),
    ),
)
