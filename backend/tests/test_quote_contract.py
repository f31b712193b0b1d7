"""The price through GraphQL is the contract's (docs/pricing.md §9), field for field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backend import orders, pricing
from backend.demo.client import Client
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, claim
from backend.tests.refunding import grant

QUOTE = """query($c: CartInput!) { me { id } quoteCart(input: $c) { __typename ... on InvalidInput { problems { path message } } ... on Quote {
  listFen goodsFen savedFen shippingFen payableFen dueFen optimal lowerBoundFen rules
  lines { sku qty listFen payableFen unitsFen offers { id offFen } }
  offers { id level offFen uses sentence }
  gifts { offerId sku qty listFen }
  addOns { offerId sku qty listFen offFen payableFen }
  earn { offerId points fen count templateId }
  tenders { kind id fen points }
  rejected { id reason sentence shortByFen shortByCount at leaf limit by notBetterByFen }
  suggestions { kind offerId payableFen add { sku qty } } } } }"""
WISHED: dict[str, Any] = {
    "lines": [{"sku": "BEEF", "qty": 2}, {"sku": "SHRIMP", "qty": 1}, {"sku": "PORK", "qty": 1}],
    "delivery": "DELIVERY",
    "payment": "WECHAT",
    "channel": "H5",
    "suggest": True,
    "tenders": {"points": 500, "balanceFen": 300},
}


def given(**named: Any) -> dict[str, Any]:
    """What is there: the contract leaves out what is not."""
    return {k: v for k, v in named.items() if v is not None and v != []}


def as_contract(q: dict[str, Any]) -> dict[str, Any]:
    """The answer of §9 from GraphQL's alone."""
    return {
        "list": q["listFen"],
        "goods": q["goodsFen"],
        "saved": q["savedFen"],
        "shipping": q["shippingFen"],
        "payable": q["payableFen"],
        "due": q["dueFen"],
        "lines": [
            {
                "sku": x["sku"],
                "qty": x["qty"],
                "list": x["listFen"],
                "payable": x["payableFen"],
                "offers": [{"id": o["id"], "off": o["offFen"]} for o in x["offers"]],
                "units": x["unitsFen"],
            }
            for x in q["lines"]
        ],
        "offers": [{"id": o["id"], "level": o["level"], "off": o["offFen"], "uses": o["uses"]} for o in q["offers"]],
        "gifts": [{"offer": g["offerId"], "sku": g["sku"], "qty": g["qty"], "list": g["listFen"]} for g in q["gifts"]],
        "add_ons": [
            {
                "offer": a["offerId"],
                "sku": a["sku"],
                "qty": a["qty"],
                "list": a["listFen"],
                "off": a["offFen"],
                "payable": a["payableFen"],
            }
            for a in q["addOns"]
        ],
        "earn": [
            given(offer=e["offerId"], points=e["points"], fen=e["fen"], template=e["templateId"], count=e["count"])
            for e in q["earn"]
        ],
        "tenders": [given(kind=t["kind"], id=t["id"], fen=t["fen"], points=t["points"]) for t in q["tenders"]],
        "rejected": [
            given(
                id=r["id"],
                reason=r["reason"],
                short_by_fen=r["shortByFen"],
                short_by_count=r["shortByCount"],
                at=r["at"],
                leaf=r["leaf"],
                which=r["limit"],
                by=r["by"][0] if r["by"] else None,
                by_fen=r["notBetterByFen"],
            )
            for r in q["rejected"]
        ],
        "suggestions": [
            given(kind=s["kind"], add=s["add"], payable=s["payableFen"], offer=s["offerId"]) for s in q["suggestions"]
        ],
        "optimal": q["optimal"],
        "lower_bound": q["lowerBoundFen"],
        "rules": q["rules"],
    }


async def both(shop: Shop, shopper: Client, wish: orders.Wish, cart: dict[str, Any]) -> dict[str, Any]:
    """GraphQL's answer, after it was compared with the engine's for the same request."""
    found = await shopper.run(QUOTE, c=cart)
    q: dict[str, Any] = found["quoteCart"]
    assert q["__typename"] == "Quote", q
    secret = shop.world.settings.secret
    priced = await orders.quote(secret, shop.merchant_id, decode("mem", found["me"]["id"]), wish, now())
    assert isinstance(priced, orders.Priced)
    answer = pricing.quote(priced.live.rules, priced.request, orders.STEPS).to_json()
    assert as_contract(q) == answer
    return q


async def funded(shop: Shop, shopper: Client) -> None:
    await grant(shop, shopper, "points", 1000)
    await grant(shop, shopper, "balance", 250)


async def test_graphql_carries_the_whole_answer(shop: Shop) -> None:
    """Q01, Q04, Q06: every figure of every part, of all levels, with reasons and suggestions, and what each says."""
    later = (now() + timedelta(days=1)).replace(microsecond=0).isoformat()
    for name, offer in {
        "虾滑直降": {"type": "amount_off", "off": 500, "scope": {"skus": ["SHRIMP"]}, "limits": {"per_order": 2}},
        "满120减10": {"type": "spend_off", "tiers": [{"min": 12000, "off": 1000}], "limits": {"per_order": 1}},
        "满300减50": {"type": "spend_off", "tiers": [{"min": 30000, "off": 5000}], "group": "big"},
        "丸滑9折": {"type": "spend_percent", "tiers": [{"count": 1, "pay_bp": 9900}], "scope": {"skus": ["BEEF"]}},
        "满赠": {"type": "spend_gift", "tiers": [{"min": 5000, "gifts": [{"sku": "BASE"}]}]},
        "加价购": {"type": "add_on", "min": 5000, "items": [{"sku": "TOFU", "price": 100}], "choose": 2},
        "运费减半": {"type": "shipping", "pay_bp": 5000},
        "积分": {"type": "earn_points", "per_yuan": 2},
        "集点": {"type": "earn_stamps", "min": 100, "count": 1},
        "自贡店日": {"type": "amount_off", "off": 100, "when": {"store": ["S2"]}},
        "满十件": {"type": "spend_percent", "tiers": [{"count": 10, "pay_bp": 5000}], "group": "ten"},
        "明天": {"type": "amount_off", "off": 100, "when": {"from": later}},
        "没了": {"type": "amount_off", "off": 100, "limits": {"per_order": 0}},
        "贵了": {"type": "fixed_price", "price": 99900},
        "秒杀": {"type": "amount_off", "off": 100, "scope": {"skus": ["PORK"]}, "mandatory": True},
        "小减": {"type": "amount_off", "off": 50, "scope": {"skus": ["PORK"]}},
    }.items():
        await shop.promotion(offer, name=name)
    shopper = await shop.shopper()
    await funded(shop, shopper)
    await claim(shopper, await shop.drop(off=800, least=8800))
    await claim(shopper, await shop.drop(off=300, least=100))
    live = await shopper.run(QUOTE_ADD, c=WISHED)
    add_on = live["quoteCart"]["addOnChoices"][0]["offerId"]
    gift = live["quoteCart"]["gifts"][0]["offerId"]
    wish = orders.Wish(
        store_id=None,
        channel="H5",
        delivery="DELIVERY",
        lines=(("BEEF", 2), ("SHRIMP", 1), ("PORK", 1)),
        points=500,
        balance_fen=300,
        suggest=True,
        add_ons=((add_on, "TOFU", 2),),
        gift_choices=((gift, "BASE"),),
    )
    cart = {
        **WISHED,
        "addOns": [{"offerId": add_on, "sku": "TOFU", "qty": 2}],
        "giftChoices": [{"offerId": gift, "sku": "BASE"}],
    }
    q = await both(shop, shopper, wish, cart)
    for part in ("lines", "offers", "gifts", "addOns", "earn", "tenders", "rejected", "suggestions"):
        assert q[part], f"{part} is not tested"
    assert {o["level"] for o in q["offers"]} == {"LINE", "ORDER", "GIFT", "COUPON", "SHIPPING"}
    reasons = {r["reason"] for r in q["rejected"]}
    assert reasons >= {"WHEN", "THRESHOLD", "NOT_YET", "LIMIT", "NO_EFFECT", "NOT_BETTER", "EXCLUDED"}, q["rejected"]
    said = {r["sentence"] for r in q["rejected"]}
    assert said >= {"仅门店「自贡店」可用", "不能与「秒杀」同享", "还差6件"} and any(
        s.startswith("还差¥") for s in said
    ), said
    assert {t["kind"]: t["fen"] for t in q["tenders"]} == {"points": 500, "balance": 250}
    assert q["optimal"] and q["lowerBoundFen"] == q["payableFen"]


QUOTE_ADD = (
    "query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { addOnChoices { offerId } gifts { offerId } } } }"
)


async def test_every_fen_is_on_a_unit(shop: Shop) -> None:
    """Q03: discounts that divide into no whole fen, read from GraphQL's answer alone: units, lines, offers and the whole
    add up, nothing is below zero, and the fen left over go to the largest remainders."""
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 100, "off": 1000}]}, name="满1减10")
    shopper = await shop.shopper()
    await claim(shopper, await shop.drop(off=777, least=100))
    lines = (("BEEF", 3), ("SHRIMP", 1), ("PORK", 2))
    cart = {"lines": [{"sku": sku, "qty": n} for sku, n in lines], "delivery": "DELIVERY"}
    q = await both(shop, shopper, orders.Wish(None, "MINIAPP", "DELIVERY", lines), cart)
    off = {o["id"]: o["offFen"] for o in q["offers"]}
    assert sorted(off.values()) == [777, 1000]
    for offer, fen in off.items():
        assert sum(o["offFen"] for line in q["lines"] for o in line["offers"] if o["id"] == offer) == fen
    for line in q["lines"]:
        assert sum(line["unitsFen"]) == line["payableFen"] == line["listFen"] - sum(o["offFen"] for o in line["offers"])
        assert len(line["unitsFen"]) == line["qty"] and min(line["unitsFen"]) > 0
        assert max(line["unitsFen"]) - min(line["unitsFen"]) <= len(line["offers"])
    assert sum(line["payableFen"] for line in q["lines"]) == q["goodsFen"] == q["listFen"] - q["savedFen"]
    assert q["goodsFen"] + q["shippingFen"] == q["payableFen"] == q["dueFen"]
    assert any(len(set(line["unitsFen"])) > 1 for line in q["lines"])


async def test_graphql_carries_the_choice_of_coupons(shop: Shop) -> None:
    """Q01, Q04: auto, none and fixed; a fixed one says what it costs, one that cannot be used says why."""
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 5000, "off": 900}], "exclusive": "cart"}, name="大促")
    shopper = await shop.shopper()
    small = (await claim(shopper, await shop.drop(off=300)))["id"]
    large = (await claim(shopper, await shop.drop(off=9000, least=50_000)))["id"]
    wish = orders.Wish(None, "MINIAPP", "PICKUP", (("BEEF", 2),))
    cart = {"lines": [{"sku": "BEEF", "qty": 2}], "delivery": "PICKUP"}
    seen = {}
    for mode, ids in (("AUTO", []), ("NONE", []), ("FIXED", [small]), ("FIXED", [large])):
        rows = tuple(decode("cpn", c) for c in ids)
        chosen = orders.Wish(
            **{**{f: getattr(wish, f) for f in wish.__dataclass_fields__}, "coupon_mode": mode, "coupon_ids": rows}
        )
        seen[mode, *ids] = await both(shop, shopper, chosen, {**cart, "coupons": {"mode": mode, "ids": ids}})
    assert [seen[k]["payableFen"] for k in seen] == [7100, 7100, 7700, 7100]
    [lost] = [r for r in seen["FIXED", small]["rejected"] if r["reason"] != "THRESHOLD" and r["notBetterByFen"]]
    assert lost["sentence"] == "没有选用（用它可再省¥6.00）" and lost["notBetterByFen"] == -600
    why = {r["reason"]: r["sentence"] for r in seen["FIXED", large]["rejected"]}
    assert why["THRESHOLD"] == "还差¥420.00"


async def test_coupons_are_compared_where_that_is_asked_for(shop: Shop) -> None:
    """Q04, Q05: the live cart leaves out by how much each unused coupon is dearer; its sentence then says no more than is known, the price is the
    same."""
    shopper = await shop.shopper()
    small = (await claim(shopper, await shop.drop(off=300)))["id"]
    await claim(shopper, await shop.drop(off=500))
    cart = {"lines": [{"sku": "BEEF", "qty": 2}], "delivery": "PICKUP"}
    whole = (await shopper.run(QUOTE, c=cart))["quoteCart"]
    plain = (await shopper.run(QUOTE, c={**cart, "compareCoupons": False}))["quoteCart"]
    [told], [untold] = (
        [r for r in its["rejected"] if r["id"].endswith(decode("cpn", small).hex)] for its in (whole, plain)
    )
    assert told["notBetterByFen"] == 200 and told["sentence"] == "已用更优惠的组合（再省¥2.00）"
    assert untold["notBetterByFen"] is None and untold["sentence"] == "已用其他优惠组合"
    assert untold["reason"] == told["reason"] == "NOT_BETTER"
    assert plain["payableFen"] == whole["payableFen"] == 7500


async def test_coupons_are_listed_where_that_is_asked_for(shop: Shop) -> None:
    """Q04, Q05: the live cart lists the coupons that are used or were named, and says how many there are; price, figures and token are those of the
    whole answer."""
    shopper = await shop.shopper()
    [small, large, far] = [(await claim(shopper, await shop.drop(**terms)))["id"] for terms in (
        {"off": 300}, {"off": 500}, {"off": 900, "least": 50_000})]  # fmt: skip
    cart = {"lines": [{"sku": "BEEF", "qty": 2}], "delivery": "PICKUP"}
    text = "query Q($c: CartInput!) { quoteCart(input: $c) { ... on Quote { payableFen token couponCount coupons { coupon { id } applied reason } rejected { couponId reason } } } }"

    async def asked(every: bool, **more: Any) -> dict[str, Any]:
        return (await shopper.run(text, c={**cart, **more, "everyCoupon": every}))["quoteCart"]

    whole, some = await asked(True), await asked(False)
    assert {c["coupon"]["id"] for c in whole["coupons"]} == {small, large, far} and len(whole["rejected"]) == 2
    assert [(c["coupon"]["id"], c["applied"]) for c in some["coupons"]] == [(large, True)] and some["rejected"] == []
    assert some["couponCount"] == whole["couponCount"] == 3 and some["payableFen"] == whole["payableFen"] == 7500
    assert some["token"] == whole["token"]
    named = await asked(False, coupons={"mode": "FIXED", "ids": [far]})
    assert [(c["coupon"]["id"], c["reason"]) for c in named["coupons"]] == [(far, "还差¥420.00")]
    assert [(r["couponId"], r["reason"]) for r in named["rejected"]] == [(far, "THRESHOLD")]
    near = (await claim(shopper, await shop.drop(off=900, least=9_000)))["id"]
    unlocked = await asked(False, suggest=True)
    assert near in {r["couponId"] for r in unlocked["rejected"]} and len(unlocked["coupons"]) < 4
