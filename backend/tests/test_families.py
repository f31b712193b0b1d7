"""B05: family accounts, through GraphQL: founded, joined by an invitation, points of one pay for the order of another within what
they allow, exactly under concurrency, and come back to whom they were of."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from backend import invariants
from backend.demo.client import Client, key
from backend.families.rules import allowed, split_points
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, new_id
from backend.orders.refund_rules import _kept_of, _to_family
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.refunding import account, ask, bought, complete, grant, member_of, preview, refund
from backend.tests.test_external import till
from backend.tests.test_points import earn, lots

MINE = (
    "family { founder monthlyPoints usedPoints lentPoints people { id name phoneMasked founder me lendsPoints sharing } invites { id code endsAt } }"
    " consentVersion consent mostPeople"
)
RESULT = f"{{ __typename ... on MyFamily {{ {MINE} }} ... on InvalidInput {{ problems {{ path message }} }} ... on FamilyFull {{ mostPeople }} ... on Refusal {{ code message }} }}"
CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"
OPEN: dict[str, Any] = {"coupons": {"mode": "NONE"}}


async def act(client: Client, name: str, **given: Any) -> dict[str, Any]:
    kind = f"{name[0].upper()}{name[1:]}Input"
    found: dict[str, Any] = (
        await client.run(
            f"mutation($i: {kind}!) {{ {name}(input: $i) {RESULT} }}", i={"idempotencyKey": key(), **given}
        )
    )[name]
    return found


async def mine(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(f"{{ myFamily {{ {MINE} }} }}"))["myFamily"]
    return found


async def invited(founder: Client) -> str:
    made = await act(founder, "inviteToFamily")
    assert made["__typename"] == "MyFamily", made
    return str(made["family"]["invites"][-1]["code"])


async def join(client: Client, code: str, monthly: int | None = None, **more: Any) -> dict[str, Any]:
    return await act(client, "joinFamily", code=code, monthlyPoints=monthly, **{"consentVersion": 1, **more})


async def found(client: Client, monthly: int | None = None) -> dict[str, Any]:
    return await act(client, "foundFamily", monthlyPoints=monthly, consentVersion=1)


async def family(shop: Shop, *monthly: int | None) -> list[Client]:
    """A family, the founder first, each sharing so much."""
    people = [await shop.shopper() for _ in monthly]
    assert (await found(people[0], monthly[0]))["__typename"] == "MyFamily"
    for one, share in zip(people[1:], monthly[1:], strict=True):
        assert (await join(one, await invited(people[0]), share))["__typename"] == "MyFamily"
    return people


def paying(points: int) -> dict[str, Any]:
    return {"tenders": {"points": points, "family": True}, **OPEN}


async def points_of(client: Client) -> int:
    return int((await client.run("{ benefitAccount { points } }"))["benefitAccount"]["points"])


async def words(client: Client, n: int = 1) -> list[tuple[int, str]]:
    entries = (await client.run("{ benefitAccount { entries(first: 20) { nodes { unit amount sentence } } } }"))[
        "benefitAccount"
    ]["entries"]["nodes"]
    return [(e["amount"], e["sentence"]) for e in entries if e["unit"] == "POINTS"][:n]


def test_who_lends_how_much() -> None:
    """B05: a monthly limit, all or nothing; one's own points go first; what comes back goes to the family first."""
    assert [allowed(m, used, 100) for m, used in ((None, 9), (0, 0), (60, 20), (60, 60), (10, 40))] == [
        100,
        0,
        40,
        0,
        0,
    ]
    a, b = new_id(), new_id()
    assert split_points(70, 50, [(a, 15), (b, 30)]) == [(a, 15), (b, 5)]
    assert split_points(40, 50, [(a, 15)]) == []
    with pytest.raises(AssertionError):
        split_points(100, 50, [(a, 15), (b, 30)])
    assert _to_family(12, [("a", 10), ("b", 5)]) == [("a", 10), ("b", 2)]
    assert _kept_of([("a", 10), ("b", 2)], 5) == (("a", 10, 3), ("b", 2, 2))


@pytest.mark.usefixtures("exact")
async def test_founded_joined_and_left(shop: Shop) -> None:
    """B05: both sides agree, one person by one code, one family at a time; shown are a masked name and what is shared."""
    one, two, three = [await shop.shopper() for _ in range(3)]
    start = await mine(one)
    assert start["family"] is None and start["consentVersion"] == 1 and "退出" in start["consent"]
    wrong = await act(one, "foundFamily", monthlyPoints=-1, consentVersion=0)
    assert wrong["__typename"] == "InvalidInput" and [p["path"] for p in wrong["problems"]] == ["monthlyPoints", "consentVersion"]  # fmt: skip
    assert (await mine(one))["family"] is None
    assert (await act(one, "inviteToFamily"))["__typename"] == "NotInFamily"
    again = key()
    made = await act(one, "foundFamily", monthlyPoints=500, consentVersion=1, idempotencyKey=again)
    assert made["family"]["founder"] and made["family"]["people"][0]["sharing"] == "每月最多共享 500 积分"
    same = await act(one, "foundFamily", monthlyPoints=500, consentVersion=1, idempotencyKey=again)
    assert same["family"]["people"] == made["family"]["people"]
    other = await act(one, "foundFamily", monthlyPoints=5, consentVersion=1, idempotencyKey=again)
    assert other["__typename"] == "IdempotencyConflict"
    assert (await found(one))["__typename"] == "AlreadyInFamily"
    code = await invited(one)
    card = "query($c: String!) { familyInvitation(code: $c) { founder people consent } }"
    seen = (await shop.client().run(card, c=code))["familyInvitation"]
    assert seen["founder"] == "会**" and seen["people"] == 1
    assert (await join(two, code, consentVersion=0))["__typename"] == "InvalidInput"
    assert (await join(two, f" {code[:4].lower()}-{code[4:]} ", 0))["family"]["lentPoints"] == 0
    assert (await join(three, code))["__typename"] == "FamilyInviteOver"
    assert (await shop.client().run(card, c=code))["familyInvitation"] is None
    assert (await act(two, "inviteToFamily"))["__typename"] == "NotFamilyFounder"
    shown = (await mine(two))["family"]
    assert tuple(shown["people"][0][k] for k in ("name", "me", "founder", "sharing")) == ("会**", False, True, "每月最多共享 500 积分")  # fmt: skip
    assert shown["people"][1]["name"].startswith("会员") and shown["people"][1]["sharing"] == "不共享积分"
    assert shown["invites"] == [] and not shown["founder"]
    own = shown["people"][1]["id"]
    assert (await act(two, "removeFromFamily", personId=shown["people"][0]["id"]))["__typename"] == "NotFamilyFounder"
    code = await invited(one)
    waiting = (await mine(one))["family"]["invites"]
    assert len(waiting) == 1
    assert (await act(one, "withdrawFamilyInvite", inviteId=waiting[0]["id"]))["family"]["invites"] == []
    assert (await join(three, code))["__typename"] == "FamilyInviteOver"
    late = await invited(one)
    await database.pool().execute(
        "UPDATE family_invites SET made_at = made_at - interval '3 days', ends_at = ends_at - interval '3 days' WHERE merchant_id = $1 AND code = $2",
        shop.merchant_id,
        late,
    )
    assert (await join(three, late))["__typename"] == "FamilyInviteOver"
    assert (await act(one, "removeFromFamily", personId=own))["__typename"] == "MyFamily"
    assert (await mine(two))["family"] is None
    assert (await act(one, "removeFromFamily", personId=own))["__typename"] == "NotInFamily"
    assert (await join(two, await invited(one)))["__typename"] == "MyFamily"
    stale = await invited(one)
    assert (await act(one, "leaveFamily"))["family"] is None
    assert (await mine(two))["family"] is None and (await act(two, "leaveFamily"))["__typename"] == "NotInFamily"
    assert (await join(three, stale))["__typename"] == "FamilyInviteOver"


@pytest.mark.usefixtures("exact")
async def test_nobody_is_in_two_families_and_no_code_admits_two(shop: Shop) -> None:
    """B05: five people press one code, one person presses five codes, and founds one too, at once: one gets in each time; the
    sixth place is the last."""
    founders = [await shop.shopper() for _ in range(5)]
    for founder in founders:
        await found(founder)
    code, crowd = await invited(founders[0]), [await shop.shopper() for _ in range(5)]
    answers = Counter(a["__typename"] for a in await asyncio.gather(*(join(c, code) for c in crowd)))
    assert answers == {"MyFamily": 1, "FamilyInviteOver": 4}
    wanted, codes = await shop.shopper(), [await invited(f) for f in founders[1:]]
    answers = Counter(a["__typename"] for a in await asyncio.gather(found(wanted), *(join(wanted, c) for c in codes)))
    assert answers == {"MyFamily": 1, "AlreadyInFamily": 4}
    for _ in range(4):
        await invited(founders[0])
    full = await act(founders[0], "inviteToFamily")
    assert full["__typename"] == "FamilyFull" and full["mostPeople"] == 6


@pytest.mark.usefixtures("exact")
async def test_points_of_the_family_pay(shop: Shop) -> None:
    """B05, L6: ¥40.00 with 1000 own points and 700 of two others, one's own first; theirs leave the lot that ends first, what the
    order earns is the payer's, all read it in plain words and wake, and staff see the family."""
    await shop.promotion({"type": "earn_points", "per_yuan": 1}, name="积分")
    payer, one, two = await family(shop, 0, 500, None)
    await grant(shop, payer, "points", 1000)
    await earn(shop, await member_of(one), 900, now() - timedelta(days=1))
    await earn(shop, await member_of(two), 300, now())
    alone = await quote(payer, {"BEEF": 1}, tenders={"points": 5000}, **OPEN)
    assert [(t["kind"], t["points"]) for t in alone["tenders"]] == [("points", 1000)]
    asked = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP", **paying(1700)}
    shown = (await payer.run("query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { dueFen family { name points } } } }", c=asked))["quoteCart"]  # fmt: skip
    assert shown == {"dueFen": 2300, "family": [{"name": "会**", "points": 500}, {"name": "会**", "points": 200}]}
    async with one.subscribe("subscription { benefitAccount { version points } }") as frames:
        assert (await anext(frames))["benefitAccount"]["points"] == 900
        order = await place(payer, {"BEEF": 1}, **paying(1700))
        assert order["__typename"] == "Order" and order["dueFen"] == 2300
        async with asyncio.timeout(10):
            assert (await anext(frames))["benefitAccount"]["points"] == 400  # B07: at once, when it is held
        assert (await mine(payer))["family"]["lentPoints"] == 100  # what is held is used up too
        await pay(shop.world, order)
        await complete(shop, order)
    assert await points_of(payer) == 23 and await points_of(one) == 400 and await points_of(two) == 100
    assert await words(one) == [(-500, "家人 会** 用了您的 500 积分")]
    assert (await mine(one))["family"]["usedPoints"] == 500
    assert await lots(shop, await member_of(one)) == [(400, 0)]
    whose = await payer.run("query($id: ID!) { order(id: $id) { family { points } tenders { points } } }", id=order["id"])  # fmt: skip
    assert whose["order"] == {"family": [{"points": 500}, {"points": 200}], "tenders": [{"points": 1700}]}
    again = await quote(payer, {"BEEF": 1}, **paying(5000))
    assert [(t["kind"], t["points"]) for t in again["tenders"]] == [("points", 123)]  # the month's limit is used up
    code = (await payer.run("{ me { memberCode } }"))["me"]["memberCode"]
    look = "query($s: String!) { memberLookup(search: $s) { family { people { founder sharing } } } }"
    [seen] = (await (await shop.admin()).run(look, s=code))["memberLookup"]
    assert seen["family"]["people"][1] == {"founder": False, "sharing": "每月最多共享 500 积分"}


@pytest.mark.usefixtures("exact")
async def test_two_pay_with_the_same_points_at_once(shop: Shop) -> None:
    """B05, L3: four of a family and the owner spend the same 1000 points in the same instant: 1000 leave, never more; a monthly
    limit holds as well."""
    owner, *others = await family(shop, None, 0, 0, 0)
    await grant(shop, owner, "points", 1000)
    answers = await asyncio.gather(
        place(owner, {"TOFU": 1}, tenders={"points": 400}, **OPEN),
        *(place(o, {"TOFU": 1}, **paying(400)) for o in others for _ in range(2)),
    )
    assert Counter(a["__typename"] for a in answers)["Order"] >= 2
    held = {a["id"]: 900 - a["dueFen"] for a in answers if a["__typename"] == "Order"}
    assert sum(held.values()) <= 1000 and 1000 - sum(held.values()) == await points_of(owner)
    for a in answers:
        assert a["__typename"] in ("Order", "PriceChanged"), a
    await asyncio.gather(*(pay(shop.world, a) for a in answers if a["__typename"] == "Order"))
    assert (await account(shop, owner)).get("points", 0) == 1000 - sum(held.values())
    await grant(shop, owner, "points", 2000)
    used = (await mine(owner))["family"]["usedPoints"]
    await act(owner, "shareWithFamily", monthlyPoints=used + 500)
    answers = await asyncio.gather(*(place(o, {"TOFU": 1}, **paying(400)) for o in others))
    assert sum(900 - a["dueFen"] for a in answers if a["__typename"] == "Order") <= 500
    assert (await mine(owner))["family"]["usedPoints"] <= used + 500


@pytest.mark.usefixtures("exact")
async def test_two_families_members_cross_and_nobody_waits_in_a_ring(shop: Shop) -> None:
    """B05: each of three spends the others' points in the same instant as the others spend theirs, pays and gives up, while they
    exchange and refund: no deadlock, nothing is lost."""
    people = await family(shop, None, None, None)
    for one in people:
        await grant(shop, one, "points", 3000)

    async def busy(one: Client) -> None:
        for n in range(3):
            order = await place(one, {"SHRIMP": 1}, **paying(5000))
            if order["__typename"] != "Order":
                continue
            if n == 1:
                await one.run(CANCEL, i={"orderId": order["id"], "idempotencyKey": key()})
                continue
            if order["dueFen"]:
                await pay(shop.world, order)
            answer = await ask(one, order, {"SHRIMP": 1})
            assert answer["__typename"] == "Order" and answer["state"] == "REFUNDED", answer

    await asyncio.gather(*(busy(one) for one in people for _ in range(2)))
    assert [await points_of(one) for one in people] == [3000, 3000, 3000]


@pytest.mark.usefixtures("exact")
async def test_what_was_shown_is_what_is_taken(shop: Shop) -> None:
    """B05: who leaves, lowers the limit or spends first between the quote and the order is not charged: the price has changed and
    nothing is taken; an order that holds points keeps them when their owner leaves, and gives them back when it is cancelled."""
    payer, owner = await family(shop, 0, None)
    await grant(shop, owner, "points", 500)
    token = (await quote(payer, {"BEEF": 1}, **paying(500)))["token"]
    await act(owner, "shareWithFamily", monthlyPoints=100)
    refused = await place(payer, {"BEEF": 1}, token, **paying(500))
    assert refused["__typename"] == "PriceChanged" and await points_of(owner) == 500
    order = await place(payer, {"BEEF": 1}, **paying(500))
    assert order["dueFen"] == 3900 and await points_of(owner) == 400
    await act(owner, "leaveFamily")
    assert [t["points"] for t in (await quote(payer, {"BEEF": 1}, **paying(500)))["tenders"]] == []
    await payer.run(CANCEL, i={"orderId": order["id"], "idempotencyKey": key()})
    assert await points_of(owner) == 500 and await words(payer) == []
    stranger = await shop.shopper()
    await grant(shop, stranger, "points", 500)
    assert (await quote(payer, {"BEEF": 1}, **paying(500)))["tenders"] == []


@pytest.mark.usefixtures("exact")
async def test_a_refund_gives_each_their_points_back(shop: Shop) -> None:
    """B05, Q08: of 300 own and 500 of the family a part refund gives the family's back first, also when they have left since, into
    the lot that they came from; all of it comes back in the end."""
    payer, owner = await family(shop, 0, None)
    await grant(shop, payer, "points", 300)
    await grant(shop, owner, "points", 500)
    order = await bought(shop, payer, {"PORK": 2}, **paying(800))
    await act(owner, "leaveFamily")
    clerk = await shop.admin()
    seen = await preview(clerk, order, {"PORK": 1}, staff=True)
    assert "家人的 400 积分退回给家人" in seen["sentences"], seen
    assert (await refund(clerk, order, {"PORK": 1}))["__typename"] == "Order"
    assert (await points_of(payer), await points_of(owner)) == (0, 400)
    assert await words(owner) == [(400, "家人 会** 的订单退款，退回您的 400 积分")]
    assert (await refund(clerk, order, {"PORK": 1}))["__typename"] == "Order"
    assert (await points_of(payer), await points_of(owner)) == (300, 500)
    assert await lots(shop, await member_of(owner)) == [(500, 0)]


@pytest.mark.usefixtures("exact")
async def test_what_is_withheld_is_not_the_familys_while_there_is_anything_else(shop: Shop) -> None:
    """B05, O2: the payer has spent what the order earned: what is withheld comes out of their cash, not out of the family's points;
    where family points are all there is, a gift that is kept is withheld of them."""
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    payer, owner = await family(shop, 0, None)
    await grant(shop, owner, "points", 1000)
    order = await bought(shop, payer, {"BEEF": 1}, done=True, **paying(1000))
    assert await points_of(payer) == 300
    spent = await bought(shop, payer, {"TOFU": 1}, tenders={"points": 300}, **OPEN)
    assert spent["dueFen"] == 600
    back = await refund(await shop.admin(), order, {"BEEF": 1})
    assert (back["refunds"][0]["refundFen"], back["refunds"][0]["withheldFen"]) == (4000, 300)
    assert await points_of(owner) == 1000
    await shop.promotion(
        {
            "type": "spend_gift",
            "scope": {"skus": ["TRIPE"]},
            "tiers": [{"min": 5000, "gifts": [{"sku": "TOFU", "qty": 1}]}],
        }
    )
    await grant(shop, owner, "points", 9000)
    gifted = await bought(shop, payer, {"TRIPE": 1}, done=True, **paying(10_000))
    assert gifted["dueFen"] == 0 and await points_of(owner) == 0
    back = await refund(await shop.admin(), gifted, {"TRIPE": 1})
    assert back["refunds"][0]["withheldFen"] == 900 and await points_of(owner) == 9100
    assert (await words(owner))[0] == (-900, "家人 会** 的订单退款，扣下 900 积分")


@pytest.mark.usefixtures("exact")
async def test_what_is_withheld_counts_for_the_month(shop: Shop) -> None:
    """B05: of 10000 that came back 900 were withheld: the family has had them, and of a limit of 10000 it may have 9100 more."""
    payer, owner = await family(shop, 0, 10_000)
    await grant(shop, owner, "points", 20_000)
    await shop.promotion(
        {
            "type": "spend_gift",
            "scope": {"skus": ["TRIPE"]},
            "tiers": [{"min": 5000, "gifts": [{"sku": "TOFU", "qty": 1}]}],
        }
    )
    gifted = await bought(shop, payer, {"TRIPE": 1}, done=True, **paying(10_000))
    assert (await mine(owner))["family"]["usedPoints"] == 10_000
    await refund(await shop.admin(), gifted, {"TRIPE": 1})
    assert await points_of(owner) == 19_100 and (await mine(owner))["family"]["usedPoints"] == 900
    assert (await mine(payer))["family"]["lentPoints"] == 9100
    again = await quote(payer, {"TRIPE": 1}, **paying(10_000))
    assert [t["points"] for t in again["tenders"]] == [9100]
    answers = await asyncio.gather(*(place(payer, {"TRIPE": 1}, **paying(9100)) for _ in range(3)))
    assert Counter(a["__typename"] for a in answers) == {"Order": 1, "PriceChanged": 2}
    assert await points_of(owner) == 10_000


@pytest.mark.usefixtures("exact")
async def test_a_live_cart_knows_what_the_family_lends(shop: Shop) -> None:
    """B05, B07, Q05: whoever looks at a cart sees at once that another of the family has earned points, holds them for an order of
    their own, shares less, is new in the family or has left it; not what is none of their business."""
    payer, owner = await family(shop, 0, None)
    newcomer, stranger = await shop.shopper(), await shop.shopper()
    for one, points in ((owner, 500), (newcomer, 100)):
        await grant(shop, one, "points", points)
    text = "subscription($c: CartInput!) { cartQuote(input: $c) { version cause result { ... on Quote { dueFen } } } }"
    cart = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP", **paying(2000)}
    async with payer.subscribe(text, c=cart) as frames:

        async def next_due(version: int) -> tuple[int, str]:
            async with asyncio.timeout(10):
                told = (await anext(frames))["cartQuote"]
            assert told["version"] == version
            return told["result"]["dueFen"], told["cause"]

        assert await next_due(1) == (3500, "")
        await grant(shop, owner, "points", 300)
        assert await next_due(2) == (3200, "家人可共享的积分有变化")
        order = await place(owner, {"TOFU": 1}, tenders={"points": 600}, **OPEN)
        assert (await next_due(3))[0] == 3800
        await owner.run(CANCEL, i={"orderId": order["id"], "idempotencyKey": key()})
        assert (await next_due(4))[0] == 3200
        await act(owner, "shareWithFamily", monthlyPoints=50)
        assert (await next_due(5))[0] == 3950
        await join(newcomer, await invited(payer))
        assert (await next_due(6))[0] == 3850
        await grant(shop, newcomer, "points", 40)
        assert (await next_due(7))[0] == 3810
        await grant(shop, stranger, "points", 40)
        await act(newcomer, "leaveFamily")
        assert (await next_due(8))[0] == 3950
        await grant(shop, newcomer, "points", 40)
        await act(owner, "shareWithFamily", monthlyPoints=60)
        assert (await next_due(9))[0] == 3940


@pytest.mark.usefixtures("exact")
async def test_a_till_takes_no_points_of_the_family(shop: Shop) -> None:
    """B05, decision 0022: the pay code of one of the family spends their own points at a till, never those of the others: refused by
    name, and the same code and number may be asked again without."""
    payer, owner = await family(shop, 0, None)
    await grant(shop, payer, "points", 100)
    await grant(shop, owner, "points", 500)
    pos = await till(shop)
    refused = await pos.prepare(payer, "F-1", {"PORK": 1}, tenders={"points": 500, "family": True})
    assert [p["path"] for p in refused["problems"]] == ["tenders.family"], refused
    assert (await points_of(payer), await points_of(owner)) == (100, 500)
    one = await pos.prepare(payer, "F-1", {"PORK": 1}, tenders={"points": 500})
    assert one["__typename"] == "ExternalRequest" and one["dueFen"] == 2900
    assert (await points_of(payer), await points_of(owner)) == (0, 500)


PLANTS = [
    ({"C2"}, "UPDATE family_members SET left_at = NULL, why = NULL WHERE id = '{gone}'"),
    ({"C2"}, "UPDATE family_members SET left_at = now(), why = 'left' WHERE member_id = '{founder}'"),
    ({"O4"}, "UPDATE family_spends SET points = points + 1 WHERE order_id = '{order}'"),
    ({"O4"}, "UPDATE family_spends SET state = 'held' WHERE order_id = '{order}'"),
    ({"O4"}, "UPDATE family_spends SET returned = returned - 1 WHERE order_id = '{order}'"),
    ({"O4"}, "UPDATE family_spends SET payer_id = '{stranger}' WHERE order_id = '{order}'"),
    ({"O4"}, "UPDATE family_members SET joined_at = now() + interval '1 day' WHERE member_id = '{owner}' AND left_at IS NULL"),
]  # fmt: skip


async def test_planted_faults_of_families_are_found(shop: Shop) -> None:
    """B05: somebody in two families, a family without its founder, points that are not the order's, or of no family."""
    payer, owner = await family(shop, 0, None)
    await grant(shop, owner, "points", 500)
    order = await bought(shop, payer, {"PORK": 2}, **paying(500))
    await refund(await shop.admin(), order, {"PORK": 1})
    other, stranger = await shop.shopper(), await shop.shopper()
    await found(other)
    await found(stranger)
    await act(stranger, "leaveFamily")
    assert (await join(stranger, await invited(other)))["__typename"] == "MyFamily"
    ids = {name: await member_of(c) for name, c in (("founder", payer), ("owner", owner), ("stranger", stranger))}
    ids["gone"] = await database.fetchval(
        "SELECT id FROM family_members WHERE merchant_id = $1 AND member_id = $2 AND left_at IS NOT NULL",
        shop.merchant_id,
        ids["stranger"],
    )
    ids["order"] = decode("ord", order["id"])
    assert await invariants.violations(shop.merchant_id) == []
    for wanted, plant in PLANTS:
        async with shop.world.owner.acquire() as connection:
            change = connection.transaction()
            await change.start()
            await connection.execute("DROP INDEX family_members_one_family")
            await connection.execute("ALTER TABLE family_spends DROP CONSTRAINT family_spends_state")
            assert await connection.execute(plant.format(**ids)) != "UPDATE 0", plant
            seen = await invariants.look_at(connection, invariants.ALL, shop.merchant_id)
            await change.rollback()
        assert {c.invariant.id for c in seen if c.violations} >= wanted, (plant, [c.violations for c in seen])


async def test_the_family_is_the_shoppers_own(shop: Shop) -> None:
    """B05, R04: somebody of another merchant cannot join; an id of another family removes nobody."""
    [one] = await family(shop, None)
    code = await invited(one)
    stranger = await shop.shopper()
    await found(stranger)
    person = (await mine(one))["family"]["people"][0]["id"]
    assert (await act(stranger, "removeFromFamily", personId=person))["__typename"] == "NotInFamily"
    assert (await join(stranger, code))["__typename"] == "AlreadyInFamily"
    assert len((await mine(one))["family"]["people"]) == 1
    assert (await join(await shop.shopper(), code))["__typename"] == "MyFamily"
