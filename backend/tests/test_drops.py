"""K01, K02: validity, for whom a drop is, what is told when it is refused, stock that is added; what a process remembers."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import coupons
from backend.coupons.memory import SECONDS, TOPIC, SoldOutMemory
from backend.coupons.rules import Validity
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database, idempotency
from backend.kit.clock import now
from backend.kit.ids import decode, new_id
from backend.kit.live import Hub
from backend.tests.conftest import Shop, pay, place, quote, within
from backend.tests.refunding import refund
from backend.tests.test_profiles import at_home, tagged

CREATE = """mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename
  ... on CouponDrop { id state template { id terms validitySentence faceFen } batches { share opensAt } }
  ... on InvalidInput { problems { path message } } ... on CouponEndsTooEarly { validUntil closesAt } ... on Refusal { message } } }"""
TRY = """mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename
  ... on Coupon { id claimedAt validFrom expiresAt moves { before after why channel storeId } }
  ... on CouponSoldOut { usedUp nextBatchAt } ... on DailyLimitReached { limit held resetsAt } ... on NotForYou { because needs }
  ... on DropNotOpen { ended } ... on Refusal { code message } } }"""
TZ = "Asia/Shanghai"


async def make(shop: Shop, **more: Any) -> dict[str, Any]:
    at = now()
    given = {
        "name": "测试券",
        "content": {"kind": "OFF", "offFen": 500, "minFen": 0},
        "validHours": 48,
        "startsAt": (at - timedelta(hours=1)).isoformat(),
        "endsAt": (at + timedelta(hours=1)).isoformat(),
        "total": 100,
        "publish": True,
        "idempotencyKey": key(),
        **more,
    }
    made: dict[str, Any] = (await (await shop.admin()).run(CREATE, i=given))["createCouponDrop"]
    return made


async def attempt(client: Client, drop_id: str, idempotency: str | None = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (
        await client.run(TRY, i={"dropId": drop_id, "idempotencyKey": idempotency or key(), **more})
    )["claimCoupon"]
    return found


async def me(client: Client) -> UUID:
    found = decode("mem", (await client.run("{ me { id } }"))["me"]["id"])
    assert found is not None
    return found


async def told(drop_id: str) -> int:
    """How many claims of a drop were recorded: what is answered from memory is not."""
    return await database.fetchval(
        "SELECT count(*) FROM idempotency_records r JOIN coupon_drops d ON d.merchant_id = r.merchant_id AND d.id = $1"
        " WHERE r.command = 'claimCoupon'",
        decode("drp", drop_id),
    )


@pytest.mark.parametrize(
    ("given", "validity", "words"),
    [
        ({"validHours": 2}, Validity(None, None, 2), "领取后 2 小时内有效"),
        ({"validHours": 24, "nextDay": True}, Validity(None, None, 24, None, True), "次日 0 点起 24 小时内有效"),
        ({"validHours": None, "validDays": 3}, Validity(None, None, None, 3), "领取后 3 天内有效（至第 3 天 24:00）"),
        (
            {"validHours": None, "validDays": 1, "nextDay": True},
            Validity(None, None, None, 1, True),
            "次日生效，有效 1 天",
        ),
    ],
)
async def test_validity_counts_from_the_claim(
    shop: Shop, given: dict[str, Any], validity: Validity, words: str
) -> None:
    """K01: N hours (2: flash), N days to the end of the last, from the next day on, in the merchant's time zone; the statement
    agrees with the rule to the microsecond; the terms say so."""
    made = await make(shop, **given)
    assert made["template"]["validitySentence"] == words and words in made["template"]["terms"]
    got = await attempt(await shop.shopper(), made["id"])
    at, begins, ends = (datetime.fromisoformat(got[name]) for name in ("claimedAt", "validFrom", "expiresAt"))
    assert (begins, ends) == validity.of_claim(at, TZ)


def test_days_end_at_midnight_of_the_merchant() -> None:
    """K01: three days from 18 June 23:59 in Shanghai end with 21 June; New York has its own midnight, also when clocks change."""
    at = datetime(2026, 6, 18, 15, 59, tzinfo=UTC)
    midnight = datetime(2026, 6, 21, 16, tzinfo=UTC)
    assert Validity(None, None, None, 3).of_claim(at, TZ) == (at, midnight)
    assert Validity(None, None, None, 3, True).of_claim(at, TZ) == (datetime(2026, 6, 18, 16, tzinfo=UTC), midnight)
    spring = datetime(2026, 3, 7, 18, tzinfo=UTC)  # the night of 8 March has 23 hours there
    begins, ends = Validity(None, None, None, 1, True).of_claim(spring, "America/New_York")
    assert [i.astimezone(UTC) for i in (begins, ends)] == [
        datetime(2026, 3, 8, 5, tzinfo=UTC),
        datetime(2026, 3, 9, 4, tzinfo=UTC),
    ]


async def test_a_coupon_must_outlive_its_claim_window(shop: Shop) -> None:
    """K02: a coupon that may end before the last claim is refused when the drop is made, with both instants; nothing is made."""
    ends = (now() + timedelta(days=2)).replace(microsecond=0)
    window = {"validHours": None, "endsAt": ends.isoformat()}
    early = await make(shop, validUntil=ends.isoformat(), **window)
    assert early["__typename"] == "CouponEndsTooEarly" and "最后领到的人无法使用" in early["message"]
    assert datetime.fromisoformat(early["validUntil"]) == datetime.fromisoformat(early["closesAt"]) == ends
    assert await database.fetchval("SELECT count(*) FROM coupon_drops WHERE merchant_id = $1", shop.merchant_id) == 0
    assert (
        await database.fetchval("SELECT count(*) FROM coupon_templates WHERE merchant_id = $1", shop.merchant_id) == 0
    )
    fine = await make(shop, validUntil=(ends + timedelta(seconds=1)).isoformat(), **window)
    assert fine["__typename"] == "CouponDrop"
    again = await make(
        shop,
        content=None,
        templateId=fine["template"]["id"],
        endsAt=(ends + timedelta(days=1)).isoformat(),
        validHours=None,
    )
    assert again["__typename"] == "CouponEndsTooEarly"


async def test_every_fault_of_a_drop_is_told_at_once(shop: Shop) -> None:
    """K02, C7: limits, batches, budget, places and codes are checked together, each with its place; nothing is written."""
    at = now()
    answer = await make(
        shop,
        perMember=2,
        perDay=3,
        placements=[],
        access="SHARED",
        budgetFen=499,
        givesBack=True,
        batches=[
            {"opensAt": at.isoformat(), "share": 0},
            {"opensAt": (at - timedelta(minutes=1)).isoformat(), "share": 40},
            {"opensAt": (at + timedelta(days=9)).isoformat(), "share": 40},
        ],
        audience={"homeStoreIds": [f"sto_{new_id().hex}"]},
    )
    assert answer["__typename"] == "InvalidInput"
    paths = {p["path"] for p in answer["problems"]}
    assert {"perDay", "placements", "sharedCode", "budgetFen", "givesBack", "batches", "audience.homeStores"} <= paths
    assert {"batches[0].share", "batches[0].opensAt", "batches[1].opensAt", "batches[2].opensAt"} <= paths
    uncapped = await make(shop, content={"kind": "PERCENT", "payBp": 8000}, budgetFen=50_000)
    assert [p["path"] for p in uncapped["problems"]] == ["budgetFen"] and "封顶" in uncapped["problems"][0]["message"]
    neither = await make(shop, content=None)
    assert [p["path"] for p in neither["problems"]] == ["content"]
    assert await database.fetchval("SELECT count(*) FROM coupon_drops WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_a_drop_is_for_whom_it_says(shop: Shop) -> None:
    """K02: levels, tags, new and old customers, region, home store and channel; the refusal names the condition and what it
    needs, and leaves nothing; the centre shows why not, but not what is for a list of customers."""
    one, two = shop.stores
    shopper = await shop.shopper()
    member = await me(shopper)
    cases: list[tuple[str, dict[str, Any], str, str]] = [
        ("LEVEL", {"audience": {"levels": ["gold", "diamond"]}}, "UPDATE members SET level = 'gold', level_until = now() + interval '1 day' WHERE id = $1", "金卡会员、钻卡会员"),
        ("TAG", {"audience": {"tags": ["火锅"]}}, "tag", "不在名单内"),
        ("RETURNING_ONLY", {"audience": {"customer": "RETURNING_ONLY"}}, "UPDATE members SET orders_count = 1 WHERE id = $1", "首单"),
        ("NEW_ONLY", {"audience": {"customer": "NEW_ONLY"}}, "UPDATE members SET orders_count = 0 WHERE id = $1", "新客专享"),
        (
            "STORE",
            {"audience": {"homeStoreIds": [f"sto_{one.id.hex}"]}},
            "store",
            one.name,
        ),
    ]  # fmt: skip
    for because, given, fulfil, words in cases:
        made = await make(shop, **given)
        refused = await attempt(shopper, made["id"])
        assert (refused["__typename"], refused["because"]) == ("NotForYou", because) and words in refused["message"]
        centre = (await shopper.run("{ couponCentre { claimable { id notForMe { because message } } } }"))[
            "couponCentre"
        ]
        shown = {d["id"]: d["notForMe"] for d in centre["claimable"]}
        assert (made["id"] not in shown) if because == "TAG" else shown[made["id"]]["because"] == because
        assert await database.fetchval("SELECT count(*) FROM coupons WHERE member_id = $1", member) == 0
        if fulfil == "tag":
            assert (await tagged(shop, shopper, "火锅"))["tags"] == ["火锅"]
        elif fulfil == "store":
            assert (await at_home(shop, shopper))["homeStore"]["name"] == one.name
        else:
            await database.pool().execute(fulfil, member)
        assert (await attempt(shopper, made["id"]))["__typename"] == "Coupon"
        shopper = await shop.shopper()  # the next condition is tried by somebody new
        member = await me(shopper)
        if because == "RETURNING_ONLY":
            await database.pool().execute("UPDATE members SET orders_count = 1 WHERE id = $1", member)
    region = await make(shop, audience={"regions": ["四川/自贡"]})
    refused = await attempt(shopper, region["id"], storeId=f"sto_{one.id.hex}")
    assert (refused["because"], refused["needs"]) == ("REGION", ["四川/自贡"])
    assert (await attempt(shopper, region["id"], storeId=f"sto_{two.id.hex}"))["__typename"] == "Coupon"
    channel = await make(shop, channels=["POS", "APP"], placements=["POPUP"])
    refused = await attempt(shopper, channel["id"], channel="H5")
    assert refused["because"] == "CHANNEL" and "App" in refused["message"]
    got = await attempt(shopper, channel["id"], channel="POS", storeId=f"sto_{one.id.hex}", placement="POPUP")
    assert got["moves"] == [
        {"before": None, "after": "ISSUED", "why": "领取", "channel": "POS", "storeId": f"sto_{one.id.hex}"}
    ]
    assert await database.fetchval("SELECT placement FROM coupons WHERE id = $1", decode("cpn", got["id"])) == "popup"


async def test_daily_limit_and_next_batch_are_told(shop: Shop) -> None:
    """K02, K03: the refusals say when it may be tried again; the centre says so before the tap."""
    at = now().replace(microsecond=0)
    daily = await make(shop, perMember=5, perDay=1)
    shopper = await shop.shopper()
    assert (await attempt(shopper, daily["id"]))["__typename"] == "Coupon"
    refused = await attempt(shopper, daily["id"])
    assert (refused["__typename"], refused["limit"], refused["held"]) == ("DailyLimitReached", 1, 1)
    resets = datetime.fromisoformat(refused["resetsAt"])
    assert resets > at and (resets + timedelta(hours=8)).time().isoformat() == "00:00:00"
    opens = at + timedelta(minutes=30)
    batches = [
        {"opensAt": (at - timedelta(hours=1)).isoformat(), "share": 1},
        {"opensAt": opens.isoformat(), "share": 9},
    ]
    drop = await make(shop, total=10, startsAt=(at - timedelta(hours=1)).isoformat(), batches=batches)
    assert (await attempt(shopper, drop["id"]))["__typename"] == "Coupon"
    other = await shop.shopper()
    refused = await attempt(other, drop["id"])
    assert (refused["__typename"], refused["usedUp"]) == ("CouponSoldOut", "BATCH")
    assert datetime.fromisoformat(refused["nextBatchAt"]) == opens and "放出下一批" in refused["message"]
    seen = (await other.run("{ couponCentre { claimable { id state availableNow remaining nextBatchAt } } }"))[
        "couponCentre"
    ]
    (shown,) = [d for d in seen["claimable"] if d["id"] == drop["id"]]
    assert (shown["state"], shown["availableNow"], shown["remaining"]) == ("NEXT_BATCH", 0, 9)
    assert datetime.fromisoformat(shown["nextBatchAt"]) == opens


async def test_an_ended_drop_stays_ended_and_its_coupons_good(shop: Shop) -> None:
    """K02, P06: ending stops claims at once, says so, and takes nothing from those who have one; no stock comes after."""
    made, shopper, admin = await make(shop), await shop.shopper(), await shop.admin()
    await attempt(shopper, made["id"])
    text = "mutation($i: EndCouponDropInput!) { endCouponDrop(input: $i) { __typename ... on CouponDrop { state } } }"
    done = (await admin.run(text, i={"dropId": made["id"], "idempotencyKey": key()}))["endCouponDrop"]
    assert done == {"__typename": "CouponDrop", "state": "ENDED"}
    refused = await attempt(await shop.shopper(), made["id"])
    assert (refused["__typename"], refused["ended"], refused["message"]) == ("DropNotOpen", True, "活动已结束")
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 3500
    assert (await add(shop, made["id"], 5))["__typename"] == "DropNotInState"


async def add(shop: Shop, drop_id: str, count: int, budget: int = 0, idempotency: str | None = None) -> dict[str, Any]:
    text = """mutation($i: AddCouponDropStockInput!) { addCouponDropStock(input: $i) { __typename
      ... on CouponDrop { total remaining availableNow batches { share } } ... on InvalidInput { problems { path } } } }"""
    given = {"dropId": drop_id, "count": count, "budgetFen": budget, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await (await shop.admin()).run(text, i=given))["addCouponDropStock"]
    return found


@pytest.mark.usefixtures("exact")
async def test_sold_out_is_answered_from_memory_and_woken(shop: Shop) -> None:
    """K11: a drop that is gone is refused without touching the database; who holds one finds it again by its key; more stock
    wakes it through the relay, well before the memory is old."""
    made = await make(shop, total=1)
    first, mark = await shop.shopper(), key()
    got = await attempt(first, made["id"], mark)
    others = [await shop.shopper() for _ in range(4)]
    assert (await attempt(others[0], made["id"]))["usedUp"] == "TOTAL"
    recorded = await told(made["id"])
    for other in others:
        assert (await attempt(other, made["id"]))["__typename"] == "CouponSoldOut"
    assert await told(made["id"]) == recorded  # four more refusals, no row
    assert await attempt(first, made["id"], mark) == got  # the holder is asked of the database
    more = await add(shop, made["id"], 2, idempotency=(again := key()))
    assert (more["total"], more["availableNow"]) == (3, 2) and await add(shop, made["id"], 2, idempotency=again) == more

    async def woken() -> bool:
        return (await attempt(others[1], made["id"]))["__typename"] in ("Coupon", "ClaimLimitReached")

    assert await within(5, woken)


async def test_a_key_that_was_answered_keeps_its_answer_while_all_are_gone(shop: Shop) -> None:
    """C4, K11: while a drop is remembered as sold out, a key that was answered otherwise is answered so again, one that claimed another
    drop or placed an order is refused as such; a new key is told 已领完, and is free for another drop. Of many refused at once the database
    is asked together."""
    gone, other = await make(shop, total=1), await make(shop, name="另一场")
    shopper, first = await shop.shopper(), await shop.shopper()
    opens = now() + timedelta(seconds=3)
    later = await make(shop, total=1, name="还没开始", startsAt=opens.isoformat())
    early, elsewhere, ordered, fresh = (key() for _ in range(4))
    assert (await attempt(shopper, later["id"], early))["__typename"] == "DropNotOpen"
    assert (await attempt(shopper, other["id"], elsewhere))["__typename"] == "Coupon"
    assert (await place(shopper, {"BEEF": 1}, idempotency=ordered))["__typename"] == "Order"
    await asyncio.sleep(max(0.0, (opens - now()).total_seconds()))
    for drop in (gone, later):
        assert (await attempt(first, drop["id"]))["__typename"] == "Coupon"

    async def remembered(drop: dict[str, Any], idempotency: str) -> str:
        """The answer of a process that has just told somebody else of this drop."""
        clock = [100.0]
        path = coupons.Claims(shop.world.settings.secret, SoldOutMemory(lambda: clock[0]))
        drop_id = decode("drp", drop["id"])
        assert drop_id is not None
        who = await me(shopper)

        async def press(mark: str) -> coupons.ClaimResult:
            return await path.claim(coupons.Claim(shop.merchant_id, drop_id, who, mark, now(), "h5", None))

        assert isinstance(await press(key()), coupons.CouponSoldOut)
        assert await press(key()) == coupons.CouponSoldOut(1, from_memory=True)
        return type(await press(idempotency)).__name__

    assert await remembered(later, early) == "DropNotOpen"
    assert await remembered(gone, elsewhere) == await remembered(gone, ordered) == "IdempotencyConflict"
    assert (await attempt(shopper, gone["id"], elsewhere))["code"] == "IdempotencyConflict"
    assert await remembered(gone, fresh) == "CouponSoldOut"
    assert (await attempt(shopper, (await make(shop, name="第三场"))["id"], fresh))["__typename"] == "Coupon"


async def test_refusals_from_memory_ask_for_their_keys_together(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """K11: five hundred who press at once on what is gone cost a statement or two, which lock nothing."""
    path = coupons.Claims(b"x" * 32, SoldOutMemory(lambda: 100.0))
    drop = decode("drp", (await make(shop, total=1))["id"])
    people, asked = [await me(await shop.shopper()) for _ in range(2)], list[int]()
    fetch = database.fetch
    assert drop is not None

    async def counted(sql: str, *args: Any) -> Any:
        asked.append(len(args[0]) if sql is idempotency.USED else 0)
        return await fetch(sql, *args)

    async def press(member: UUID) -> coupons.ClaimResult:
        return await path.claim(coupons.Claim(shop.merchant_id, drop, member, key(), now(), "h5", None))

    assert isinstance(await press(people[0]), coupons.Claimed)
    assert await press(people[1]) == coupons.CouponSoldOut(1)
    monkeypatch.setattr(database, "fetch", counted)
    told = await asyncio.gather(*(press(people[1]) for _ in range(500)))
    assert set(told) == {coupons.CouponSoldOut(1, from_memory=True)}
    assert sum(asked) == 500 and len(asked) <= 3


async def test_memory_is_old_after_a_second_and_forgets_at_a_word(shop: Shop) -> None:
    """K11: never a false refusal for longer than a second: by a clock of the test; the topic empties it at once; a batch that
    opens is not refused; what was learnt before a word came is not believed after it."""
    clock = [100.0]
    path = coupons.Claims(b"x" * 32, SoldOutMemory(lambda: clock[0]))
    drop = decode("drp", (made := await make(shop, total=1))["id"])
    people = [await me(await shop.shopper()) for _ in range(3)]
    assert drop is not None

    async def press(member: UUID) -> coupons.ClaimResult:
        return await path.claim(coupons.Claim(shop.merchant_id, drop, member, key(), now(), "h5", None))

    assert isinstance(await press(people[0]), coupons.Claimed)
    assert await press(people[1]) == coupons.CouponSoldOut(1)
    assert await press(people[2]) == coupons.CouponSoldOut(1, from_memory=True)
    await add(shop, made["id"], 1)
    clock[0] += SECONDS - 0.001
    assert await press(people[2]) == coupons.CouponSoldOut(1, from_memory=True)  # nobody told this process
    clock[0] += 0.002
    assert isinstance(await press(people[2]), coupons.Claimed)  # within a second all the same
    assert await press(people[1]) == coupons.CouponSoldOut(2)
    assert (await press(people[1])) == coupons.CouponSoldOut(2, from_memory=True)
    hub = Hub()
    task = asyncio.create_task(path.follow(hub))
    await asyncio.sleep(0)
    await add(shop, made["id"], 1)
    hub.wake(TOPIC, {"cause": "STOCK"})
    await asyncio.sleep(0.01)
    assert isinstance(await press(people[1]), coupons.Claimed)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    memory = SoldOutMemory(lambda: clock[0])
    name, opens = (shop.merchant_id, drop, "public"), now() + timedelta(minutes=1)
    memory.remember(name, {"type": "x"}, opens, 1, frozenset(), clock[0], memory.generation)
    assert memory.refusal(name, people[0], opens - timedelta(microseconds=1)) and not memory.refusal(
        name, people[0], opens
    )
    before = memory.generation
    memory.forget()
    memory.remember(name, {"type": "x"}, None, 1, frozenset(), clock[0], before)
    assert memory.refusal(name, people[0], opens) is None


@pytest.mark.usefixtures("exact")
async def test_stock_added_to_a_batch_and_to_a_budget(shop: Shop) -> None:
    """K02, C7: more coupons go to the newest open batch, more fen to the budget; a drop without a budget refuses them."""
    at = now().replace(microsecond=0)
    batches = [
        {"opensAt": (at - timedelta(hours=1)).isoformat(), "share": 1},
        {"opensAt": (at + timedelta(minutes=9)).isoformat(), "share": 1},
    ]
    made = await make(shop, total=2, startsAt=(at - timedelta(hours=1)).isoformat(), batches=batches, carry=False)
    assert (await attempt(await shop.shopper(), made["id"]))["__typename"] == "Coupon"
    assert [b["share"] for b in (await add(shop, made["id"], 3))["batches"]] == [4, 1]
    assert [p["path"] for p in (await add(shop, made["id"], 0, 500))["problems"]] == ["budgetFen"]
    capped = await make(shop, total=10, budgetFen=999)
    assert (await attempt(await shop.shopper(), capped["id"]))["__typename"] == "Coupon"
    assert (await attempt(await shop.shopper(), capped["id"]))["usedUp"] == "BUDGET"
    assert (await add(shop, capped["id"], 0, 1))["availableNow"] == 1


@pytest.mark.usefixtures("exact")
async def test_budget_follows_the_coupon(shop: Shop) -> None:
    """C7: promised while it may be used, spent when paid, promised again when a refund brings it back, free when it expires."""
    made, shopper = await make(shop, total=10, budgetFen=500), await shop.shopper()

    async def money() -> tuple[int, int]:
        row = await database.fetchrow(
            "SELECT promised_fen, spent_fen FROM coupon_drops WHERE id = $1", decode("drp", made["id"])
        )
        assert row is not None
        return row["promised_fen"], row["spent_fen"]

    got = await attempt(shopper, made["id"])
    assert await money() == (500, 0)
    order = await place(shopper, {"BEEF": 1})
    assert await money() == (500, 0)
    await pay(shop.world, order)
    assert await money() == (0, 500)
    assert (await attempt(await shop.shopper(), made["id"]))["usedUp"] == "BUDGET"  # spent is spent
    assert (await refund(await shop.admin(), order, {"BEEF": 1}))["state"] == "REFUNDED"
    assert await money() == (500, 0)
    await database.pool().execute(
        "UPDATE coupons SET expires_at = now() - interval '1 second' WHERE id = $1", decode("cpn", got["id"])
    )
    while await coupons.expire_due(now()):
        pass
    assert await money() == (0, 0)


@pytest.mark.parametrize(
    ("content", "cart", "payable"),
    [
        ({"kind": "EXCHANGE", "sku": "BEEF"}, {"BEEF": 1, "TOFU": 1}, 900),
        ({"kind": "PERCENT", "payBp": 8000, "maxOffFen": 500}, {"BEEF": 1}, 3500),
    ],
)
async def test_contents_reach_the_order(
    shop: Shop, content: dict[str, Any], cart: dict[str, int], payable: int
) -> None:
    """K01: exchange and capped percent coupons are made, claimed, priced and redeemed."""
    made, shopper = await make(shop, content=content), await shop.shopper()
    got = await attempt(shopper, made["id"])
    assert (await quote(shopper, cart))["payableFen"] == payable
    await pay(shop.world, await place(shopper, cart))
    assert await database.fetchval("SELECT state FROM coupons WHERE id = $1", decode("cpn", got["id"])) == "redeemed"


async def test_a_shipping_coupon_takes_the_fee(shop: Shop) -> None:
    """K01: 运费券 on a delivered order."""
    made, shopper = await make(shop, content={"kind": "SHIPPING", "minFen": 1000}), await shop.shopper()
    before = await quote(shopper, {"BEEF": 1}, delivery="DELIVERY")
    await attempt(shopper, made["id"])
    after = await quote(shopper, {"BEEF": 1}, delivery="DELIVERY")
    assert before["shippingFen"] > 0 and (after["shippingFen"], after["payableFen"]) == (0, 4000)


async def test_a_template_serves_several_drops(shop: Shop) -> None:
    """K01: template apart from drop apart from coupon: one template, two drops with limits of their own."""
    admin = await shop.admin()
    text = "mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { __typename ... on CouponTemplate { id faceFen } } }"
    given = {"name": "通用券", "content": {"kind": "OFF", "offFen": 300}, "validDays": 7, "idempotencyKey": key()}
    template = (await admin.run(text, i=given))["createCouponTemplate"]
    assert template["faceFen"] == 300
    assert (await admin.run(text, i=given))["createCouponTemplate"] == template
    drops = [await make(shop, content=None, templateId=template["id"], validHours=None) for _ in range(2)]
    shopper = await shop.shopper()
    for drop in drops:
        assert (await attempt(shopper, drop["id"]))["__typename"] == "Coupon"
    listed = (await admin.run("{ couponTemplates { nodes { id name } } }"))["couponTemplates"]["nodes"]
    assert listed == [{"id": template["id"], "name": "通用券"}]
    missing = await make(shop, content=None, templateId=f"tpl_{new_id().hex}", validHours=None)
    assert missing["__typename"] == "NotFound"


async def test_staff_see_what_was_made_of_a_template(shop: Shop) -> None:
    """K01: templates are found by name and counted, each with the drops that give it out (as their coupon, in a tier, beside it), the
    coupons of it however they were had, and those used; another merchant's is not there."""
    admin, shopper = await shop.admin(), await shop.shopper()
    text = (
        "mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { ... on CouponTemplate { id } } }"
    )
    new, old = [
        (
            await admin.run(
                text,
                i={"name": name, "content": {"kind": "OFF", "offFen": 300}, "validDays": 7, "idempotencyKey": key()},
            )
        )["createCouponTemplate"]["id"]
        for name in ("新客立减", "老客立减")
    ]
    alone = await make(shop, content=None, templateId=new, validHours=None)
    tiers = [{"audience": {"customer": "RETURNING_ONLY"}, "templateId": old}, {"audience": {}, "templateId": new}]
    await make(shop, content=None, validHours=None, tiers=tiers)
    assert (await attempt(shopper, alone["id"]))["__typename"] == "Coupon"
    await pay(shop.world, await place(shopper, {"BEEF": 2}))
    listing = """query($s: String) { couponTemplates(search: $s) { totalCount nodes { id name }
      uses { templateId drops coupons redeemed } } }"""
    found = (await admin.run(listing, s="立减"))["couponTemplates"]
    assert [node["name"] for node in found["nodes"]] == ["老客立减", "新客立减"]
    assert found["totalCount"] == 2
    assert found["uses"] == [
        {"templateId": old, "drops": 1, "coupons": 0, "redeemed": 0},
        {"templateId": new, "drops": 2, "coupons": 1, "redeemed": 1},
    ]
    assert (await admin.run(listing, s="没有的"))["couponTemplates"] == {"totalCount": 0, "nodes": [], "uses": []}
    one = "query($id: ID!) { couponTemplate(id: $id) { name face { sentence } } }"
    assert (await admin.run(one, id=new))["couponTemplate"] == {"name": "新客立减", "face": {"sentence": "立减3元"}}
    assert (await admin.run(one, id=f"tpl_{new_id().hex}"))["couponTemplate"] is None


async def test_scene_coupons_come_with_their_goods(shop: Shop) -> None:
    """K02, K06: a drop for the cart is offered when its goods are in it, not otherwise; what is not for one, held already or for
    another place is not offered; the claim goes the usual way and the price falls."""
    scene = {"skus": ["TRIPE"], "tags": ["小吃"]}
    made = await make(shop, placements=["CART"], scene=scene)
    plain = await make(shop, placements=["CART", "PRODUCT"])
    await make(shop, placements=["CART"], audience={"levels": ["gold"]})
    await make(shop, placements=["HOME"])
    shopper = await shop.shopper()
    text = "query($p: CouponPlacement!, $s: [String!]) { couponOffers(placement: $p, skus: $s) { id } }"

    async def offered(placement: str, *skus: str) -> set[str]:
        return {d["id"] for d in (await shopper.run(text, p=placement, s=list(skus)))["couponOffers"]}

    assert await offered("CART", "BEEF") == {plain["id"]} == await offered("PRODUCT", "TRIPE") == await offered("CART")
    assert await offered("CART", "BEEF", "TRIPE") == {plain["id"], made["id"]}
    assert (await attempt(shopper, made["id"], placement="CART"))["__typename"] == "Coupon"
    assert await offered("CART", "BEEF", "TRIPE") == {plain["id"]}
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 9500
    wrong = await make(shop, scene={})
    assert wrong["__typename"] == "InvalidInput" and wrong["problems"][0]["path"].startswith("scene")


async def test_claims_and_redemptions_by_place(shop: Shop) -> None:
    """K12: an operator sees where a drop's coupons were claimed, and how many of them were used."""
    store, made, admin = shop.stores[0], await make(shop, placements=["CENTRE", "POPUP"]), await shop.admin()
    first, second = await shop.shopper(), await shop.shopper()
    await attempt(first, made["id"], channel="H5", placement="POPUP", storeId=f"sto_{store.id.hex}")
    await attempt(second, made["id"], channel="MINIAPP", placement="CENTRE")
    await attempt(await shop.shopper(), made["id"], channel="MINIAPP", placement="CENTRE")
    await pay(shop.world, await place(second, {"BEEF": 1}))
    text = "query($i: ID!) { couponDrop(id: $i) { sources { channel placement storeName claimed redeemed } } }"
    assert (await admin.run(text, i=made["id"]))["couponDrop"]["sources"] == [
        {"channel": "MINIAPP", "placement": "CENTRE", "storeName": None, "claimed": 2, "redeemed": 1},
        {"channel": "H5", "placement": "POPUP", "storeName": store.name, "claimed": 1, "redeemed": 0},
    ]


@pytest.mark.usefixtures("exact")
async def test_redemptions_by_store(shop: Shop) -> None:
    """K12: an operator sees in which store and channel a drop's coupons were used, wherever they were claimed, and what they took off;
    a refund that brings a coupon back takes it out, a part refund what it took back of the discount."""
    made, admin = await make(shop), await shop.admin()
    north, south = (f"sto_{store.id.hex}" for store in shop.stores[:2])
    people = [await shop.shopper() for _ in range(3)]
    for person in people:
        await attempt(person, made["id"], channel="H5")
    orders = [
        await place(person, {"BEEF": 2}, storeId=store)
        for person, store in zip(people, (north, south, south), strict=True)
    ]
    for order in orders:
        await pay(shop.world, order)
    text = "query($i: ID!) { couponDrop(id: $i) { uses { channel storeName redeemed orders discountFen } } }"

    async def uses() -> list[tuple[Any, ...]]:
        found = (await admin.run(text, i=made["id"]))["couponDrop"]["uses"]
        return [tuple(row.values()) for row in found]

    names = [store.name for store in shop.stores]
    assert await uses() == [("MINIAPP", names[1], 2, 2, 1000), ("MINIAPP", names[0], 1, 1, 500)]
    assert (await refund(admin, orders[1], {"BEEF": 2}))["__typename"] == "Order"
    assert (await refund(admin, orders[2], {"BEEF": 1}))["__typename"] == "Order"
    assert await uses() == [("MINIAPP", names[0], 1, 1, 500), ("MINIAPP", names[1], 1, 1, 250)]


@pytest.mark.usefixtures("exact")
async def test_a_placement_that_the_drop_lacks_is_refused(shop: Shop) -> None:
    """K12: a claim that says it was made where the drop is not shown is refused and leaves nothing, whether the process knew the drop or
    not, alone or beside good ones; the same key serves afterwards. Of what is given out privately it says no more than without."""
    made, private = await make(shop, placements=["HOME", "POPUP"], total=2), await make(shop, access="LINK")
    shopper, one_key = await shop.shopper(), key()
    for _ in range(2):
        with pytest.raises(GraphQLFailed, match="没有投放在这个位置") as refused:
            await attempt(shopper, made["id"], one_key, placement="CENTRE")
        assert refused.value.code == "BAD_REQUEST"
    assert await told(made["id"]) == 0
    for placement in ({}, {"placement": "CART"}):
        assert (await attempt(shopper, private["id"], **placement))["__typename"] == "NotFound"
    assert await database.fetchval("SELECT issued FROM coupon_drops WHERE id = $1", decode("drp", made["id"])) == 0
    assert (await attempt(shopper, made["id"], one_key, placement="HOME"))["__typename"] == "Coupon"

    drop, path = decode("drp", made["id"]), coupons.Claims(b"x" * 32)
    assert drop is not None
    people = [await me(await shop.shopper()) for _ in range(3)]
    places = ("centre", "popup", None)
    answers = await asyncio.gather(
        *(
            path.claim(coupons.Claim(shop.merchant_id, drop, who, key(), now(), "h5", None, place))
            for who, place in zip(people, places, strict=True)
        )
    )
    assert [type(a) for a in answers] == [coupons.NotPlaced, coupons.Claimed, coupons.CouponSoldOut]
    last = await path.claim(coupons.Claim(shop.merchant_id, drop, people[0], key(), now(), "h5", None, "centre"))
    assert last == coupons.NotPlaced()
    held = await database.fetch("SELECT placement FROM coupons WHERE drop_id = $1 ORDER BY claimed_at", drop)
    assert [row["placement"] for row in held] == ["home", "popup"]
