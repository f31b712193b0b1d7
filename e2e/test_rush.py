"""Must show 1, through the door that customers use: GraphQL over HTTP, four API processes, one installation for all of it.

Of every race three things are asked: what was given is exact, each refusal is true for who got it, every invariant of the merchant
holds; when all have been run, `shuhui invariants` finds nothing in the whole installation. The same through the service in four
processes: `backend/tests/test_claim_races.py`; each with its naive implementation: `backend/tests/test_lessons_limits.py`.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from racing import PROCESSES, TIME_ZONE, Races, races
from stack import Stack

from backend import merchants
from backend.kit import database
from backend.kit.clock import now

PEOPLE, TRIES, COUPONS = 1_000, 3, 100


@pytest.fixture(scope="module")
async def rush(shared_installation: Stack) -> AsyncIterator[Races]:
    """One installation with four API processes for every race here; at the end every invariant of all of it."""
    shared_installation.more, shared_installation.demo = {"SHUHUI_API_PROCESSES": str(PROCESSES)}, False
    stack = shared_installation.start()
    async with races(stack) as found:
        yield found
    stack.holds()
    assert stack.stop() == 0


def mixed(members: Sequence[UUID], tries: int) -> list[UUID]:
    """Everybody as often as they try, in an order of chance."""
    found = [*members] * tries
    random.Random(11).shuffle(found)
    return found


def kinds(answers: Sequence[dict[str, Any]]) -> Counter[str]:
    return Counter(a["__typename"] for a in answers)


def of(kind: str, answers: Sequence[dict[str, Any]], *fields: str) -> set[tuple[Any, ...]]:
    """What the answers of this kind say of these fields, each once."""
    return {tuple(a[f] for f in fields) for a in answers if a["__typename"] == kind}


async def test_a_thousand_customers_with_three_tries_each_race_for_a_hundred(rush: Races) -> None:
    """K11, C1, C2, C3: exactly a hundred are given, nobody has two, every refusal is true, and all four processes took part."""
    drop, before = await rush.drop(total=COUPONS), rush.worked()
    wishes = mixed(await rush.people(PEOPLE), TRIES)
    answers = await rush.claims(drop, wishes)
    holders = Counter(row["member_id"] for row in await rush.held(drop))
    found = kinds(answers)
    assert found["Coupon"] == holders.total() == len(holders) == COUPONS, found
    assert set(found) == {"Coupon", "CouponSoldOut", "ClaimLimitReached"} and found.total() == PEOPLE * TRIES, found
    assert of("CouponSoldOut", answers, "total", "usedUp", "nextBatchAt") == {(COUPONS, "TOTAL", None)}
    assert of("ClaimLimitReached", answers, "limit", "held") == {(1, 1)}
    for member, answer in zip(wishes, answers, strict=True):
        match answer["__typename"]:
            case "CouponSoldOut":
                assert member not in holders
            case "ClaimLimitReached":
                assert member in holders
    after = rush.worked()
    assert len(after) == PROCESSES and all(after[pid] > before[pid] for pid in after), (before, after)
    await rush.sound()


async def test_once_a_customer(rush: Races) -> None:
    """C2: 100 customers press 8 times each where a customer may have one: each has one, and 700 are told that they have it."""
    drop, members = await rush.drop(), await rush.people(100)
    answers = await rush.claims(drop, mixed(members, 8))
    assert kinds(answers) == {"Coupon": 100, "ClaimLimitReached": 700}
    assert of("ClaimLimitReached", answers, "limit", "held") == {(1, 1)}
    assert Counter(row["member_id"] for row in await rush.held(drop)) == Counter(members)
    await rush.sound()


async def test_twice_a_day(rush: Races) -> None:
    """K02, C2: 60 customers press 5 times where two a day are allowed: each has two; the refusal says when the day ends where
    the merchant is."""
    here = ZoneInfo(TIME_ZONE)
    drop, members = await rush.drop(perMember=5, perDay=2), await rush.people(60)
    answers = await rush.claims(drop, mixed(members, 5))
    assert kinds(answers) == {"Coupon": 120, "DailyLimitReached": 180}
    midnight = (datetime.now(here) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    [(limit, held, resets)] = of("DailyLimitReached", answers, "limit", "held", "resetsAt")
    assert (limit, held, datetime.fromisoformat(resets)) == (2, 2, midnight)
    assert Counter(row["member_id"] for row in await rush.held(drop)) == Counter(dict.fromkeys(members, 2))
    await rush.sound()


async def test_timed_batches(rush: Races) -> None:
    """K02, C1: 30 at once and 20 more some seconds later; each rush gets exactly what is open. Who is refused is told when more
    come; the four processes, which remember that it was sold out, give again when they do; then no more come."""
    first = now().replace(microsecond=0)
    second = first + timedelta(seconds=5)
    shares = [{"opensAt": first.isoformat(), "share": 30}, {"opensAt": second.isoformat(), "share": 20}]
    drop, members = await rush.drop(total=50, startsAt=first.isoformat(), batches=shares), await rush.people(150)
    early = await rush.claims(drop, members)
    assert now() < second, "the machine was too slow for this race"
    assert kinds(early) == {"Coupon": 30, "CouponSoldOut": 120}
    [(used_up, opens)] = of("CouponSoldOut", early, "usedUp", "nextBatchAt")
    assert used_up == "BATCH" and datetime.fromisoformat(opens) == second
    await asyncio.sleep((second - datetime.now(UTC)).total_seconds() + 0.05)
    without = [m for m, a in zip(members, early, strict=True) if a["__typename"] == "CouponSoldOut"]
    late = await rush.claims(drop, without)
    assert kinds(late) == {"Coupon": 20, "CouponSoldOut": 100}
    assert of("CouponSoldOut", late, "total", "usedUp", "nextBatchAt") == {(50, "TOTAL", None)}
    assert set(Counter(row["member_id"] for row in await rush.held(drop)).values()) == {1}
    await rush.sound()


async def test_a_budget_of_500_yuan_gives_71_coupons_of_7(rush: Races) -> None:
    """C7: ¥500.00 for coupons of ¥7.00: exactly 71 are given, ¥497.00 promised, never ¥504.00; everybody else is told that the
    budget is used up."""
    content = {"kind": "OFF", "offFen": 700, "minFen": 0}
    drop, members = await rush.drop(content=content, budgetFen=50_000), await rush.people(300)
    answers = await rush.claims(drop, mixed(members, 2))
    held = Counter(row["member_id"] for row in await rush.held(drop))
    assert kinds(answers)["Coupon"] == held.total() == len(held) == 71
    assert of("CouponSoldOut", answers, "usedUp", "nextBatchAt") == {("BUDGET", None)}
    for member, answer in zip(mixed(members, 2), answers, strict=True):
        assert answer["__typename"] == "Coupon" or (answer["__typename"] == "ClaimLimitReached") == (member in held)
    promised = await database.fetchval("SELECT promised_fen FROM coupon_drops WHERE id = $1", UUID(drop.split("_")[1]))
    assert promised == 49_700
    await rush.sound()


async def test_the_last_units_of_a_flash_sale(rush: Races) -> None:
    """P10, O5: 40 customers are shown the price of seven units of a flash sale and press at once: seven have it, and 33 are told
    the price without it and that its units are gone."""
    offer = {"type": "fixed_price", "scope": {"skus": ["FLASH"]}, "price": 6000, "limits": {"stock": 7}}
    await rush.promotion(offer)
    answers = await rush.orders(await rush.people(40), {"FLASH": 1}, {"dueFen": 6000})
    assert kinds(answers) == {"Order": 7, "PriceChanged": 33}
    assert of("Order", answers, "payableFen") == {(6000,)}
    for told in (a for a in answers if a["__typename"] == "PriceChanged"):
        assert (told["seenPayableFen"], told["quote"]["payableFen"]) == (6000, 10_000)
        assert [r["reason"] for r in told["quote"]["rejected"]] == ["SOLD_OUT"]
    used = await database.fetch("SELECT used FROM offer_uses WHERE merchant_id = $1", rush.merchant_id)
    assert [row["used"] for row in used] == [7]
    await rush.sound()


async def test_twice_a_customer_and_day(rush: Races) -> None:
    """P10, O5: 20 customers press 5 times each where two units a day are allowed at the price: each has two, and 60 are told the
    price without it and when the day ends where the merchant is."""
    here = ZoneInfo(TIME_ZONE)
    await rush.promotion({"type": "fixed_price", "scope": {"skus": ["DAILY"]}, "price": 6000, "limits": {"per_day": 2}})
    members = await rush.people(20)
    answers = await rush.orders(mixed(members, 5), {"DAILY": 1}, {"dueFen": 6000})
    assert kinds(answers) == {"Order": 40, "PriceChanged": 60}
    midnight = (datetime.now(here) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    for told in (a for a in answers if a["__typename"] == "PriceChanged"):
        assert (told["seenPayableFen"], told["quote"]["payableFen"]) == (6000, 10_000)
        [why] = told["quote"]["rejected"]
        assert (why["reason"], why["limit"]) == ("LIMIT", "per_day")
        assert datetime.fromisoformat(why["resetsAt"]) == midnight
    rows = await database.fetch(
        "SELECT member_id, used FROM offer_member_days WHERE merchant_id = $1", rush.merchant_id
    )
    assert {row["member_id"]: row["used"] for row in rows} == dict.fromkeys(members, 2)
    await rush.sound()


async def test_the_last_gift(rush: Races) -> None:
    """P12, O4: 20 customers are shown the last cup as their gift and press at once: one has it, the others are told that the
    order would be without it, and nothing of theirs is taken."""
    offer = {"type": "spend_gift", "scope": {"skus": ["HOTPOT"]}, "tiers": [{"min": 5000, "gifts": [{"sku": "CUP", "qty": 1}]}]}  # fmt: skip
    await rush.promotion(offer)
    answers = await rush.orders(await rush.people(20), {"HOTPOT": 1}, {"gifts": [{"sku": "CUP", "qty": 1}]})
    assert kinds(answers) == {"Order": 1, "PriceChanged": 19}
    [given] = [a for a in answers if a["__typename"] == "Order"]
    assert [(line["sku"], line["qty"]) for line in given["lines"] if line["kind"] == "GIFT"] == [("CUP", 1)]
    for told in (a for a in answers if a["__typename"] == "PriceChanged"):
        assert told["quote"]["gifts"] == [] and told["quote"]["payableFen"] == 5000
        assert [r["reason"] for r in told["quote"]["rejected"]] == ["SOLD_OUT"]
    rows = await database.fetch(
        "SELECT sku, on_hand, reserved FROM stock WHERE merchant_id = $1 AND sku IN ('CUP', 'HOTPOT') ORDER BY sku",
        rush.merchant_id,
    )
    assert [tuple(row.values()) for row in rows] == [("CUP", 0, 1), ("HOTPOT", 98, 1)]
    await rush.sound()


async def test_the_last_gifts_of_a_quota(rush: Races) -> None:
    """P12, O4: two bowls an order, seven in all, with plenty on the shelf: of 40 customers who are shown two, three have them, and 37 are
    told that one is left; they press again, one has it, and 36 are told that the gifts are gone."""
    offer = {"type": "spend_gift", "scope": {"skus": ["NOODLE"]}, "tiers": [{"min": 5000, "gifts": [{"sku": "BOWL", "qty": 2}]}], "quota": 7}  # fmt: skip
    await rush.promotion(offer)
    members, last = await rush.people(40), [{"sku": "BOWL", "qty": 1}]
    answers = await rush.orders(members, {"NOODLE": 1}, {"gifts": [{"sku": "BOWL", "qty": 2}]})
    assert kinds(answers) == {"Order": 3, "PriceChanged": 37}
    told = [a["quote"] for a in answers if a["__typename"] == "PriceChanged"]
    assert all((quote["gifts"], quote["payableFen"], quote["rejected"]) == (last, 5000, []) for quote in told)
    without = [m for m, a in zip(members, answers, strict=True) if a["__typename"] == "PriceChanged"]
    again = await rush.orders(without, {"NOODLE": 1}, {"gifts": last})
    assert kinds(again) == {"Order": 1, "PriceChanged": 36}
    for quote in (a["quote"] for a in again if a["__typename"] == "PriceChanged"):
        assert (quote["gifts"], quote["payableFen"]) == ([], 5000)
        assert [(r["reason"], r["sentence"]) for r in quote["rejected"]] == [("SOLD_OUT", "赠品已送完")]
    given = [
        sum(line["qty"] for line in a["lines"] if line["kind"] == "GIFT")
        for a in (*answers, *again)
        if a["__typename"] == "Order"
    ]
    assert sorted(given) == [1, 2, 2, 2]
    quotas = await database.fetch("SELECT quota, taken FROM offer_gifts WHERE merchant_id = $1", rush.merchant_id)
    assert [tuple(row.values()) for row in quotas] == [(7, 7)]
    shelf = await database.fetchrow(
        "SELECT on_hand, reserved FROM stock WHERE merchant_id = $1 AND sku = 'BOWL'", rush.merchant_id
    )
    assert shelf is not None and tuple(shelf.values()) == (92, 7)
    await rush.sound()


async def test_points_spent_five_times_at_once(rush: Races) -> None:
    """B02, L3: 20 customers press on five phones each with the same 500 points: their points pay for one order each, the other
    four are told the price without them."""
    members = await rush.people(20)
    await rush.points(members, 500)
    wishes = mixed(members, 5)
    answers = await rush.orders(wishes, {"BEEF": 1}, {"dueFen": 3500}, tenders={"points": 500})
    await one_each(rush, members, wishes, answers)
    accounts = await database.fetch(
        "SELECT owner_id, balance, held FROM accounts WHERE merchant_id = $1 AND unit = 'points' AND owner_kind = 'member'",
        rush.merchant_id,
    )
    assert {r["owner_id"]: (r["balance"], r["held"]) for r in accounts} == dict.fromkeys(members, (500, 500))
    await rush.sound()


async def test_one_coupon_on_five_orders(rush: Races) -> None:
    """C6: 20 customers press five times with the one coupon that they have: one order of each has it, the others are told the
    price without it."""
    members = await rush.people(20)
    drop = await rush.drop()
    assert kinds(await rush.claims(drop, members)) == {"Coupon": 20}
    wishes = mixed(members, 5)
    answers = await rush.orders(wishes, {"BEEF": 1}, {"dueFen": 3500})
    await one_each(rush, members, wishes, answers)
    states = await database.fetch("SELECT state, order_id FROM coupons WHERE drop_id = $1", UUID(drop.split("_")[1]))
    assert {row["state"] for row in states} == {"locked"} and len({row["order_id"] for row in states}) == 20
    await rush.sound()


async def test_two_coupons_that_stack_on_five_orders(rush: Races) -> None:
    """K01, C6: 20 customers have two coupons that stack, ¥5.00 and ¥3.00, where an order may use two, and press five times: thrice with
    both, twice with the first alone, by name. One order of each is taken, with both or with the first; the others are told the price with
    what is left to them or that the coupon is not there, and no coupon is on two orders."""
    await merchants.set_max_coupons(rush.merchant_id, 2)
    members = await rush.people(20)
    drops = [
        await rush.drop(content={"kind": "OFF", "offFen": off, "minFen": 0}, stacking={"all": True})
        for off in (500, 300)
    ]
    five = dict(zip(members, await rush.claims(drops[0], members), strict=True))
    assert kinds(await rush.claims(drops[1], members)) == {"Coupon": 20}
    both = [(member, {"BEEF": 1}, {"dueFen": 3200}, {}) for member in members]
    first = [
        (member, {"BEEF": 1}, {"dueFen": 3500}, {"coupons": {"mode": "FIXED", "ids": [five[member]["id"]]}})
        for member in members
    ]
    wishes: list[tuple[UUID, dict[str, int], dict[str, Any], dict[str, Any]]] = [*both * 3, *first * 2]
    random.Random(11).shuffle(wishes)
    answers = await rush.presses(wishes)
    took = {w[0]: a["dueFen"] for w, a in zip(wishes, answers, strict=True) if a["__typename"] == "Order"}
    found = kinds(answers)
    assert found["Order"] == len(took) == 20 and set(took.values()) <= {3200, 3500}, found
    for (member, _, shown, _), answer in zip(wishes, answers, strict=True):
        match answer["__typename"]:
            case "PriceChanged":  # both were wished: the second is left where the first went alone
                assert shown == {"dueFen": 3200}
                assert answer["quote"]["dueFen"] == (4000 if took[member] == 3200 else 3700), (answer, took[member])
            case "InvalidInput":  # the first by name, which an order has
                assert shown == {"dueFen": 3500} and [p["path"] for p in answer["problems"]] == ["coupons.ids[0]"]
            case kind:
                assert kind == "Order" and answer["dueFen"] == shown["dueFen"], answer
    rows = await database.fetch(
        "SELECT c.member_id, c.drop_id, c.state, o.due_fen, o.member_id AS buyer FROM coupons c"
        " LEFT JOIN orders o ON o.merchant_id = c.merchant_id AND o.id = c.order_id WHERE c.drop_id = ANY($1::uuid[])",
        [UUID(drop.split("_")[1]) for drop in drops],
    )
    for row in rows:
        due, used = (
            took[row["member_id"]],
            row["drop_id"] == UUID(drops[0].split("_")[1]) or took[row["member_id"]] == 3200,
        )
        assert (row["state"], row["due_fen"], row["buyer"]) == (
            ("locked", due, row["member_id"]) if used else ("issued", None, None)
        )
    assert len(rows) == 40
    await rush.sound()


async def one_each(
    rush: Races, members: Sequence[UUID], wishes: Sequence[UUID], answers: Sequence[dict[str, Any]]
) -> None:
    """Of five orders of each one was taken at ¥35.00; of the four others each was told ¥40.00, and none left an order."""
    assert kinds(answers) == {"Order": len(members), "PriceChanged": 4 * len(members)}
    given = Counter(m for m, a in zip(wishes, answers, strict=True) if a["__typename"] == "Order")
    assert given == Counter(members) and of("Order", answers, "dueFen") == {(3500,)}
    assert {a["quote"]["dueFen"] for a in answers if a["__typename"] == "PriceChanged"} == {4000}
    placed = await database.fetch(
        "SELECT member_id FROM orders WHERE merchant_id = $1 AND member_id = ANY($2::uuid[])",
        rush.merchant_id,
        list(members),
    )
    assert Counter(row["member_id"] for row in placed) == Counter(members)
