"""A price that changed between the quote and the order: both are told, and what moved, by name and with its reason."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend import orders
from backend.demo.client import key
from backend.kit import crypto, database
from backend.orders import Moved, Seen
from backend.orders.seen_rules import moved, packed, unpacked
from backend.tests.conftest import Shop, claim, place, quote

OFF_200_30 = {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 20000, "off": 3000}]}


async def end(shop: Shop, promotion: dict[str, Any]) -> None:
    await (await shop.admin()).run(
        "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }",
        i={"promotionId": promotion["id"], "idempotencyKey": key()},
    )


def told(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    assert answer["__typename"] == "PriceChanged", answer
    return [(c["kind"], c["was"], c["now"], c["reason"], c["sentence"]) for c in answer["changes"]]


async def test_a_promotion_that_ended_is_named(shop: Shop) -> None:
    """Q05, Q07: the price that was seen, whole, and that its promotion is over, though nothing live knows it any more; nothing was taken,
    and the new token buys."""
    promotion = await shop.promotion(OFF_200_30, name="满200减30")
    shopper = await shop.shopper()
    token = (await quote(shopper, {"TRIPE": 2}))["token"]
    await end(shop, promotion)
    answer = await place(shopper, {"TRIPE": 2}, token)
    assert told(answer) == [("OFFER", 3000, None, None, "「满200减30」已结束，少减 ¥30.00")]
    seen = answer["seen"]
    assert (seen["listFen"], seen["goodsFen"], seen["payableFen"], seen["dueFen"]) == (20000, 17000, 17000, 17000)
    assert [(o["name"], o["offFen"]) for o in seen["offers"]] == [("满200减30", 3000)]
    assert (
        answer["message"]
        == "价格有变化：刚才 ¥170.00，现在 ¥200.00（「满200减30」已结束，少减 ¥30.00），请确认后再下单"
    )
    written = await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id)
    assert written == 0
    assert (await place(shopper, {"TRIPE": 2}, answer["quote"]["token"]))["payableFen"] == 20000


async def test_one_promotion_for_another_is_told_of_both(shop: Shop) -> None:
    """Q07: the sum is the same; what went and what came are told."""
    first = await shop.promotion({"type": "amount_off", "off": 500, "scope": {"skus": ["BEEF"]}}, name="甲")
    shopper = await shop.shopper()
    token = (await quote(shopper, {"BEEF": 1}))["token"]
    await end(shop, first)
    await shop.promotion({"type": "amount_off", "off": 500, "scope": {"skus": ["BEEF"]}}, name="乙")
    answer = await place(shopper, {"BEEF": 1}, token)
    assert sorted(c[4] for c in told(answer)) == ["「乙」用上了，减 ¥5.00", "「甲」已结束，少减 ¥5.00"]
    assert "应付仍是 ¥35.00" in answer["message"]


async def test_a_coupon_that_went_to_another_order_is_named(shop: Shop) -> None:
    """Q05, K05: the coupon of the price that was seen is on another order by now."""
    shopper = await shop.shopper()
    await claim(shopper, await shop.drop(off=500))
    token = (await quote(shopper, {"BEEF": 1}))["token"]
    assert (await place(shopper, {"BEEF": 1}, token))["__typename"] == "Order"
    [change] = told(await place(shopper, {"BEEF": 1}, token))
    assert change[:4] == ("OFFER", 500, None, None) and change[4].endswith("」已用掉、过期或取消，少减 ¥5.00")
    assert not change[4].startswith("「cpn_")


async def test_a_list_price_a_tender_and_a_reason_that_moved_are_told(shop: Shop) -> None:
    """Q05, Q07: an article that costs less no longer reaches a threshold, which is the reason; the list price is told as well."""
    await shop.promotion(OFF_200_30, name="满200减30")
    shopper = await shop.shopper()
    token = (await quote(shopper, {"TRIPE": 2}))["token"]
    sql = "UPDATE products SET list_fen = 9000 WHERE merchant_id = $1 AND sku = 'TRIPE'"
    await database.pool().execute(sql, shop.merchant_id)
    answer = await place(shopper, {"TRIPE": 2}, token)
    offer, price = told(answer)
    assert offer == ("OFFER", 3000, None, "THRESHOLD", "「满200减30」还差¥20.00，少减 ¥30.00")
    assert price[:4] == ("LIST_PRICE", 20000, 18000, None) and price[4].endswith("商品价由 ¥200.00 变为 ¥180.00")
    assert answer["changes"][1]["sku"] == "TRIPE" and "TRIPE" not in price[4]


async def test_a_token_from_before_figures_were_in_it_still_buys(shop: Shop) -> None:
    """Q05: who looked at a price before an update and buys after it is not refused; where the price moved only the sums are told."""
    promotion = await shop.promotion(OFF_200_30, name="满200减30")
    shopper = await shop.shopper()
    secret = shop.world.settings.secret
    text = crypto.verified(secret, "quote-token", (await quote(shopper, {"TRIPE": 2}))["token"])
    assert text is not None
    old = crypto.sign(secret, "quote-token", ":".join(text.split(":")[:4]))
    assert (await place(shopper, {"TRIPE": 2}, old))["payableFen"] == 17000
    await end(shop, promotion)
    answer = await place(shopper, {"TRIPE": 2}, old)
    assert (answer["seenPayableFen"], answer["seen"], answer["changes"]) == (17000, None, [])
    forged = old[:-4] + "AAAA"
    assert (await place(shopper, {"TRIPE": 2}, forged))["__typename"] == "InvalidInput"


def test_the_token_of_the_largest_cart_can_be_sent() -> None:
    """Q05: 500 articles, 40 offers, every tender: what is signed fits into what is taken, whatever the codes look like."""
    rng = Random(1)
    lines = {f"SKU-{rng.randrange(10**10):010}": rng.randrange(10**6) for _ in range(500)}
    some = {f"ofr_{rng.randbytes(16).hex()}": rng.randrange(10**5) for _ in range(40)}
    seen = Seen(10**7, 10**7, 10**7, 10**7, 600, some, lines, {"points": 1, "balance": 2, "red_packet": 3}, some)
    assert len(packed(seen)) < orders.LONGEST_TOKEN - 1_000 and unpacked(packed(seen)) == seen


FIGURES = st.dictionaries(st.text(min_size=1, max_size=12), st.integers(0, 10**7), max_size=5)
SEEN = st.builds(Seen, *[st.integers(0, 10**7)] * 5, *[FIGURES] * 4)


@given(SEEN, SEEN)
def test_what_moved_leads_from_the_one_to_the_other(before: Seen, after: Seen) -> None:
    """Q07: nothing that moved is left out, nothing that stayed is told; figures come whole out of a token."""
    assert unpacked(packed(before)) == before
    parts = {"OFFER": "offers", "LIST_PRICE": "lines", "TENDER": "tenders", "EARNING": "earn"}
    led = {kind: dict(getattr(before, name)) for kind, name in parts.items()}
    shipping = before.shipping
    for m in moved(before, after):
        assert isinstance(m, Moved) and m.was != m.now
        if m.kind == "SHIPPING":
            shipping = m.now or 0
        elif m.now is None:
            del led[m.kind][m.key]
        else:
            led[m.kind][m.key] = m.now
    assert led == {kind: dict(getattr(after, name)) for kind, name in parts.items()} and shipping == after.shipping
    assert not moved(before, before)


@given(st.text(max_size=40))
def test_what_is_no_figures_is_none(text: str) -> None:
    found = unpacked(text)
    assert found is None
