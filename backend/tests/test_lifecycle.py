"""Life-cycle states and RFM tiers: one statement for all, at once for who buys again, offers once for each time (B06, K02)."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import pytest

from backend import automation, members, orders
from backend.automation.rules import THING_LENGTH
from backend.automation.service import copy
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.members.lifecycle_rules import (
    Habit,
    LifecycleRules,
    check_rules,
    cycle_of,
    parsed_rules,
    scores,
    state_of,
    tier_of,
)
from backend.tests.conftest import Shop, claim, make_shop, quote
from backend.tests.refunding import bought, member_of, refund, sound
from workers import schedules

AT = datetime(2026, 6, 18, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)


async def people(shop: Shop, n: int, joined: datetime) -> list[UUID]:
    rows = [members.NewMember(f"o{k}-{key()}", f"会员{k}", "basic", joined) for k in range(n)]
    await members.add_many(shop.world.settings.secret, shop.merchant_id, rows)
    return [members.member_id_of(shop.merchant_id, row.openid) for row in rows]


async def past(shop: Shop, member: UUID, *bought_at: datetime, fen: int = 5000) -> None:
    """Orders of another time."""
    async with database.transaction() as tx:
        await orders.import_past(
            tx,
            shop.merchant_id,
            [
                orders.PastOrder(f"{key()}", member, shop.stores[0].id, "pos", at, [("BEEF", 1, fen, fen)])
                for at in bought_at
            ],
        )


async def states(shop: Shop, ids: list[UUID]) -> list[tuple[str, str | None, str | None]]:
    found = await members.lifecycle.standings(shop.merchant_id, ids)
    return [(found[i].state, found[i].tier, found[i].scores) for i in ids]


async def run(shop: Shop, at: datetime = AT) -> members.lifecycle.RunInfo:
    return await automation.lifecycle.refresh(shop.merchant_id, at)


async def in_state(shop: Shop, shopper: Client, state: str, since: datetime | None = None) -> None:
    """As if a run had found it."""
    await database.pool().execute(
        "UPDATE members SET lifecycle = $3, lifecycle_since = $4 WHERE merchant_id = $1 AND id = $2",
        shop.merchant_id,
        await member_of(shopper),
        state,
        since or now() - timedelta(hours=1),
    )


async def test_states_by_the_defaults(shop: Shop) -> None:
    """B06: new, active, silent after six months, lost after three usual cycles missed; each bound to the day."""
    ids = await people(shop, 10, AT - 100 * DAY)
    old = await people(shop, 1, AT - 200 * DAY)
    await past(shop, ids[1], AT - 29 * DAY)  # the first order a month ago at most
    weekly = [AT - (20 + 7 * n) * DAY for n in range(5)]
    await past(shop, ids[2], *weekly)  # three cycles of seven days end tomorrow
    await past(shop, ids[3], *(at - DAY for at in weekly))
    await past(shop, ids[4], *(AT - (170 + 70 * n) * DAY for n in range(4)))  # 70 days: silent before lost
    await past(shop, ids[5], *(AT - (190 + 70 * n) * DAY for n in range(4)))
    await past(shop, ids[6], *(AT - (210 + 70 * n) * DAY for n in range(4)))
    await past(shop, ids[7], *(AT - n * DAY for n in range(4, 8)))  # daily, four days ago: no cycle is below seven
    await past(shop, ids[8], AT - 40 * DAY)  # one order: the merchant's usual cycle counts
    await past(shop, ids[9], AT + DAY)  # not yet
    assert (await run(shop)).members == 11
    found = [state for state, _, _ in await states(shop, [*ids, *old])]
    usual = median([7, 7, 70, 70, 70, 1])
    assert usual == 38.5
    assert found == [
        "new", "new", "active", "lost", "active", "silent", "lost", "active", "active", "new", "silent",
    ]  # fmt: skip


async def test_one_statement_says_what_the_rule_says(shop: Shop) -> None:
    """B06: 400 members with histories of every kind under thresholds of their own: the statement agrees with the rule for one
    customer, states, quintiles and tiers alike; run again it changes nothing."""
    rng = random.Random(11)
    rules = LifecycleRules(new_days=20, silent_months=4, lost_cycles=2, shortest_cycle_days=5, window_months=8)
    done = await members.lifecycle.set_rules(shop.merchant_id, "test", rules, key(), now())
    assert isinstance(done, members.lifecycle.RulesInfo) and done.version == 1
    ids = await people(shop, 400, AT - 150 * DAY)
    histories: dict[UUID, list[tuple[datetime, int]]] = {}
    for member in ids:
        many = rng.choice((0, 1, 1, 2, 3, 4, 8))
        since = rng.choice((5, 20, 60, 200, 400))
        buys = [
            (AT - rng.randint(0, since * 24) * timedelta(hours=1), rng.choice((1000, 2000, 9900))) for _ in range(many)
        ]
        histories[member] = buys
        for at, fen in buys:
            await past(shop, member, at, fen=fen)
    first = await run(shop)
    habits = {m: Habit(len(b), min(at for at, _ in b), max(at for at, _ in b)) for m, b in histories.items() if b}
    gaps = [(h.last - h.first) / (h.orders - 1) for h in habits.values() if h.orders >= 3]
    usual = timedelta(seconds=median(g.total_seconds() for g in gaps))
    window = later(AT, -8)
    recent = {m: [fen for at, fen in b if at >= window] for m, b in histories.items()}
    inside = [m for m in ids if recent[m]]
    r, f, money = (
        dict(zip(inside, scores(values), strict=True))
        for values in (
            [habits[m].last.timestamp() for m in inside],
            [len(recent[m]) for m in inside],
            [sum(recent[m]) for m in inside],
        )
    )
    expected = []
    for m in ids:
        habit = habits.get(m)
        silent_from = later(habit.last if habit else AT - 150 * DAY, 4)
        state = state_of(rules, habit, usual, AT - 150 * DAY, AT, silent_from)
        expected.append(
            (state, tier_of(r[m], f[m], money[m]) if m in r else None, f"{r[m]}{f[m]}{money[m]}" if m in r else None)
        )
    assert await states(shop, ids) == expected
    assert {state for state, _, _ in expected} == {"new", "active", "silent", "lost"}
    assert {tier for _, tier, _ in expected} == {"potential", "active", "at_risk", None}
    again = await run(shop)
    assert (first.members, again.members, again.changed) == (400, 400, 0) and first.changed > 300
    await sound(shop)


def later(at: datetime, n: int) -> datetime:
    """`at` plus n months, as PostgreSQL adds them (in UTC)."""
    from calendar import monthrange

    year, month = divmod(at.year * 12 + at.month - 1 + n, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


async def test_who_buys_again_is_active_at_once(shop: Shop) -> None:
    """B06: in the transaction of the payment, not at night; the first order of a new customer leaves them new, the second makes
    active; prices by the label follow."""
    await shop.promotion(
        {
            "type": "percent_off",
            "pay_bp": 9000,
            "when": {"tag": ["lifecycle_active"], "weekday": [1, 2, 3, 4, 5, 6, 7]},
        },
        name="会员日",
    )
    shopper = await shop.shopper()
    member = await member_of(shopper)
    await bought(shop, shopper, {"TOFU": 1})
    assert (await states(shop, [member]))[0][0] == "new"
    await in_state(shop, shopper, "lost")
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 10000
    await bought(shop, shopper, {"TOFU": 1})
    back = (await members.lifecycle.standings(shop.merchant_id, [member]))[member]
    assert back.state == "active" and back.since is not None and back.last_order_at == back.since
    found = await quote(shopper, {"TRIPE": 1})
    assert found["payableFen"] == 9000 and "活跃期" in found["offers"][0]["sentence"]
    await bought(shop, shopper, {"TOFU": 1})
    assert (await members.lifecycle.standings(shop.merchant_id, [member]))[member].since == back.since
    await sound(shop)


async def test_a_run_does_not_undo_a_return(shop: Shop) -> None:
    """B06: who buys while the statement runs stays active, although it has seen the orders from before."""
    shopper = await shop.shopper()
    member = await member_of(shopper)
    await past(shop, member, *(now() - (300 + 7 * n) * DAY for n in range(4)))
    await in_state(shop, shopper, "lost")
    async with database.pool().acquire() as other, other.transaction():
        await other.execute(
            "SELECT id FROM members WHERE merchant_id = $1 AND id = $2 FOR UPDATE", shop.merchant_id, member
        )
        await database.pool().execute(  # so that the run has something to change
            "UPDATE members SET rfm_tier = NULL, rfm_scores = NULL WHERE merchant_id = $1 AND id <> $2",
            shop.merchant_id,
            member,
        )
        running = asyncio.create_task(run(shop, now()))
        await asyncio.sleep(0.4)  # it waits for the row with what it saw
        await other.execute(
            "UPDATE members SET lifecycle = 'active', lifecycle_since = now(), last_order_at = now() WHERE merchant_id = $1 AND id = $2",
            shop.merchant_id,
            member,
        )
    await running
    assert (await states(shop, [member]))[0][0] == "active"


async def test_a_wholly_refunded_order_does_not_count(shop: Shop) -> None:
    """B06: states go by orders that stand, money by what was kept."""
    admin, shopper = await shop.admin(), await shop.shopper()
    member = await member_of(shopper)
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    kept = await bought(shop, shopper, {"BEEF": 2}, done=True)
    await refund(admin, order, {"BEEF": 2})
    await refund(admin, kept, {"BEEF": 1})
    await run(shop, now())
    assert (await states(shop, [member]))[0] == ("new", "active", "555")
    await refund(admin, kept, {"BEEF": 1})
    await run(shop, now())
    assert (await states(shop, [member]))[0] == ("new", None, None)
    await sound(shop)


async def test_silent_and_lost_get_their_coupon_once_for_each_time(shop: Shop) -> None:
    """B06, M03: a 3-yuan coupon for silent, the whole-refund one for lost, with a message in dialect; once however often the
    schedule runs; again when they come back and fall silent anew; nobody else gets one."""
    silent, lost, active = [await shop.shopper() for _ in range(3)]
    for shopper, state in ((silent, "silent"), (lost, "lost"), (active, "active")):
        await in_state(shop, shopper, state, datetime(2026, 6, 17, tzinfo=UTC))
    ten = datetime(2026, 6, 18, 2, 0, tzinfo=UTC)

    async def fire(at: datetime) -> None:
        await automation.lifecycle.offer_due(shop.world.settings.secret, shop.world.settings.subscribe_template_id, at)

    async def held(shopper: Client) -> list[str]:
        text = "{ benefitAccount { coupons(states: [ISSUED, EXPIRED]) { nodes { source template { name } } } } }"
        return [c["template"]["name"] for c in (await shopper.run(text))["benefitAccount"]["coupons"]["nodes"]]

    await fire(ten - timedelta(hours=2))  # eight in the morning
    assert await held(silent) == []
    await asyncio.gather(fire(ten), fire(ten))
    await fire(ten + DAY)
    assert (await held(silent), await held(lost), await held(active)) == (["3 元换购券"], ["全额退券"], [])
    messages = await database.fetch("SELECT data FROM messages WHERE merchant_id = $1", shop.merchant_id)
    assert len(messages) == 2 and {m["data"]["amount2"] for m in messages} == {"¥3.00", "¥20.00"}
    await past(shop, await member_of(silent), ten + 2 * DAY)
    await in_state(shop, silent, "active", ten + 2 * DAY)
    await in_state(shop, silent, "silent", ten + 200 * DAY)
    await fire(ten + 201 * DAY)
    assert await held(silent) == ["3 元换购券", "3 元换购券"]
    await sound(shop)


async def test_what_silent_and_lost_customers_get(shop: Shop) -> None:
    """B06, K01: the merchant's article for 3 yuan, what was paid back up to a sum; both may be used as their tickets say. An article
    that is not there, or that costs no more, is refused; one that is gone by then leaves 3 yuan off anything."""
    admin = await shop.admin()

    async def set_to(**rules: Any) -> dict[str, Any]:
        found: dict[str, Any] = (
            await admin.run(
                "mutation($i: SetLifecycleRulesInput!) { setLifecycleRules(input: $i) { __typename ... on LifecycleRules { silentSku lostBackFen }"
                " ... on InvalidInput { problems { path message } } } }",
                i={**rules, "idempotencyKey": key()},
            )
        )["setLifecycleRules"]
        return found

    for rules, path in (
        ({"silentSku": "NONE"}, "silent_sku"),
        ({"lostBackFen": 99}, "lost_back_fen"),
        ({"lostBackFen": 100_001}, "lost_back_fen"),
    ):
        assert [p["path"] for p in (await set_to(**rules))["problems"]] == [path]
    await database.pool().execute(
        "UPDATE products SET list_fen = 300 WHERE merchant_id = $1 AND sku = 'BASE'", shop.merchant_id
    )
    assert [p["path"] for p in (await set_to(silentSku="BASE"))["problems"]] == ["silent_sku"]
    assert (await members.lifecycle.rules_info(shop.merchant_id)).version == 0
    done = await set_to(silentSku="TOFU", lostBackFen=1500)
    assert (done["silentSku"], done["lostBackFen"]) == ("TOFU", 1500)
    silent, lost = await shop.shopper(), await shop.shopper()
    for shopper, state in ((silent, "silent"), (lost, "lost")):
        await in_state(shop, shopper, state, now() - DAY)
    ten = now().replace(hour=2, minute=0, second=0, microsecond=0)
    ten -= DAY if ten > now() else timedelta()  # the last ten o'clock that was: what it brings can be used now
    await automation.lifecycle.offer_due(shop.world.settings.secret, "tmpl", ten)
    text = "{ benefitAccount { coupons { nodes { id template { face { sentence } } } } } }"

    async def mine(shopper: Client) -> tuple[str, str]:
        (one,) = (await shopper.run(text))["benefitAccount"]["coupons"]["nodes"]
        return one["id"], one["template"]["face"]["sentence"]

    assert (await mine(silent))[1] == "凭券3元换购冻豆腐一件"
    assert (await quote(silent, {"TOFU": 1}))["payableFen"] == 300
    coupon, said = await mine(lost)
    assert said == "凭券实付全额返红包，最多15元"
    chosen = {"mode": "FIXED", "ids": [coupon]}
    seen = await quote(lost, {"BEEF": 1}, coupons=chosen)
    assert seen["payableFen"] == 4000 and ["¥15.00 红包" in e["sentence"] for e in seen["earn"]] == [True]
    await database.pool().execute(
        "UPDATE products SET active = false WHERE merchant_id = $1 AND sku = 'TOFU'", shop.merchant_id
    )
    late = await shop.shopper()
    await in_state(shop, late, "silent", now() - DAY)
    await automation.lifecycle.offer_due(shop.world.settings.secret, "tmpl", ten + DAY)
    assert (await mine(late))[1] == "立减3元"
    await sound(shop)


async def test_a_refunded_order_brings_no_second_coupon(shop: Shop) -> None:
    """B06: who is lost buys, gives all of it back, and is lost again the next night: it is the same absence, and has had its
    coupon. An order that stands ends it: lost again after that, there is another one."""
    clerk, shopper = await shop.admin(), await shop.shopper()
    member = await member_of(shopper)
    await past(shop, member, now() - 400 * DAY)
    ten = now().replace(hour=2, minute=0, second=0, microsecond=0) + DAY

    async def night_and_day(at: datetime) -> tuple[str, int]:
        await run(shop, at - timedelta(hours=7))
        await automation.lifecycle.offer_due(shop.world.settings.secret, "tmpl", at)
        given = await database.fetchval(
            "SELECT count(*) FROM coupons WHERE merchant_id = $1 AND source = 'lifecycle'", shop.merchant_id
        )
        return (await states(shop, [member]))[0][0], int(given)

    assert await night_and_day(ten) == ("lost", 1)
    for n in (1, 2):
        order = await bought(shop, shopper, {"TOFU": 1})
        assert (await states(shop, [member]))[0][0] == "active"
        assert (await refund(clerk, order, {"TOFU": 1}))["__typename"] == "Order"
        assert await night_and_day(ten + n * DAY) == ("lost", 1)
    await bought(shop, shopper, {"TOFU": 1})
    assert await night_and_day(ten + 3 * DAY) == ("active", 1)
    assert await night_and_day(ten + 400 * DAY) == ("lost", 2)
    await sound(shop)


async def test_offers_are_switched_and_capped(shop: Shop) -> None:
    """B06: nothing for a state that is switched off; no more a day than the merchant says, the rest on the next day."""
    rules = LifecycleRules(offers_a_day=3, silent_offer=False)
    await members.lifecycle.set_rules(shop.merchant_id, "test", rules, key(), now())
    for n in range(7):
        await in_state(shop, await shop.shopper(), "silent" if n < 2 else "lost", datetime(2026, 6, 17, tzinfo=UTC))
    ten, given = datetime(2026, 6, 18, 2, 0, tzinfo=UTC), []
    for at in (ten, ten + timedelta(hours=1), ten + DAY, ten + 2 * DAY):
        await automation.lifecycle.offer_due(shop.world.settings.secret, shop.world.settings.subscribe_template_id, at)
        given.append(
            await database.fetchval(
                "SELECT count(*) FROM coupons WHERE merchant_id = $1 AND source = 'lifecycle'", shop.merchant_id
            )
        )
    assert given == [3, 3, 5, 5]


async def test_a_drop_for_a_state_or_tier(shop: Shop) -> None:
    """K02, B06: a drop for lost customers of a tier; the refusal tells nobody that they count as lost."""
    drop = await shop.drop(audience={"lifecycles": ["LOST"], "rfmTiers": ["AT_RISK", "POTENTIAL"]})
    shopper = await shop.shopper()
    refused = await claim(shopper, drop)
    assert (refused["__typename"], refused["message"]) == ("NotForYou", "这张券发给特定顾客，您暂不在名单内")
    await in_state(shop, shopper, "lost")
    assert (await claim(shopper, drop))["__typename"] == "NotForYou"
    await database.pool().execute(
        "UPDATE members SET rfm_tier = 'at_risk', rfm_scores = '155' WHERE merchant_id = $1", shop.merchant_id
    )
    assert (await claim(shopper, drop))["__typename"] == "Coupon"
    text = "query($i: ID!) { couponDrop(id: $i) { audience { lifecycles rfmTiers sentence } } }"
    shown = (await (await shop.admin()).run(text, i=drop))["couponDrop"]["audience"]
    assert shown == {"lifecycles": ["LOST"], "rfmTiers": ["AT_RISK", "POTENTIAL"], "sentence": "特定顾客"}


async def test_members_by_state_tier_and_level(shop: Shop) -> None:
    """B06: the list is narrowed by each and by all together, page by page; the distribution adds up."""
    ids = await people(shop, 30, AT - 300 * DAY)
    for n, member in enumerate(ids[:20]):
        await past(shop, member, *(now() - (10 * n + 7 * k) * DAY for k in range(3)))
    await run(shop, now())
    admin = await shop.admin()
    text = (
        "query($s: LifecycleState, $t: RfmTier, $l: String, $a: String) { members(state: $s, tier: $t, level: $l, first: 7, after: $a)"
        " { totalCount pageInfo { hasNextPage endCursor } nodes { id levelName standing { state tier scores sentence computedAt } } }"
        " memberSegments { total computedAt changed segments { state tier level levelName members } } }"
    )
    all_of: dict[str | None, list[str]] = {}
    for state in (None, "NEW", "ACTIVE", "SILENT", "LOST"):
        after, seen = None, list[str]()
        while True:
            found = (await admin.run(text, s=state, t=None, l=None, a=after))["members"]
            assert all(state is None or one["standing"]["state"] == state for one in found["nodes"])
            seen += [one["id"] for one in found["nodes"]]
            if not found["pageInfo"]["hasNextPage"]:
                break
            after = found["pageInfo"]["endCursor"]
        assert len(seen) == len(set(seen)) == found["totalCount"]
        all_of[state] = seen
    assert len(all_of[None]) == 30 == sum(len(seen) for state, seen in all_of.items() if state)
    shown = await admin.run(text, s="LOST", t="AT_RISK", l="basic", a=None)
    spread = shown["memberSegments"]
    both = sum(s["members"] for s in spread["segments"] if (s["state"], s["tier"]) == ("LOST", "AT_RISK"))
    assert shown["members"]["totalCount"] == both > 0 and spread["total"] == 30 and spread["computedAt"]
    one = shown["members"]["nodes"][0]["standing"]
    assert one["sentence"] == "流失期 · 流失风险客户" and one["computedAt"] == spread["computedAt"]
    with pytest.raises(Exception, match="权限"):
        await (await shop.staff("marketing")).run(text, s=None, t=None, l=None, a=None)


async def test_the_night_runs_once(shop: Shop) -> None:
    """B06: from three in the morning of the merchant, once a day, whenever the worker comes round."""
    three = datetime(2031, 6, 17, 19, 0, tzinfo=UTC)
    due = [await members.lifecycle.due(shop.merchant_id, three - timedelta(minutes=1))]
    due.append(await members.lifecycle.due(shop.merchant_id, three))
    await run(shop, three)
    due += [await members.lifecycle.due(shop.merchant_id, three + timedelta(hours=n)) for n in (1, 20, 24)]
    assert due == [False, True, False, False, True]
    assert await schedules.refresh_lifecycles({}) >= 0


RULES = "version newDays silentMonths lostCycles shortestCycleDays usualCycleDays windowMonths offersADay silentOffer lostOffer"


async def test_rules_are_set_shown_and_refused_with_all_faults_at_once(shop: Shop) -> None:
    """B06: thresholds are settings; faults are told together and change nothing; a run goes by the new ones."""
    admin = await shop.admin()
    text = (
        f"mutation($i: SetLifecycleRulesInput!) {{ setLifecycleRules(input: $i) {{ __typename ... on LifecycleRules {{ {RULES} }}"
        " ... on InvalidInput { problems { path message } } } }"
    )
    bad = {"silentMonths": 0, "lostCycles": 99, "newDays": 0, "idempotencyKey": key()}
    refused = (await admin.run(text, i=bad))["setLifecycleRules"]
    assert [p["path"] for p in refused["problems"]] == ["new_days", "silent_months", "lost_cycles"]
    assert (await admin.run("{ lifecycleRules { version silentMonths } }"))["lifecycleRules"] == {
        "version": 0,
        "silentMonths": 6,
    }
    done = (await admin.run(text, i={"silentMonths": 2, "idempotencyKey": key()}))["setLifecycleRules"]
    assert (done["version"], done["silentMonths"], done["lostCycles"]) == (1, 2, 3)
    [member] = await people(shop, 1, AT - 70 * DAY)
    await run(shop)
    assert (await states(shop, [member]))[0][0] == "silent"
    other = await make_shop(shop.world)
    assert (await members.lifecycle.rules_info(other.merchant_id)).version == 0


async def test_command_line(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B06: `shuhui lifecycle` shows and sets thresholds, runs, and tells how many stand where."""
    monkeypatch.setenv("DATABASE_URL", shop.world.settings.database_url)
    monkeypatch.setenv("REDIS_URL", shop.world.settings.redis_url)
    file = tmp_path / "rules.json"

    def shuhui(*args: str) -> Any:
        command = [sys.executable, "-m", "backend.cli", "lifecycle", "--merchant", shop.code, *args]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    await people(shop, 3, now() - 400 * DAY)
    assert json.loads(shuhui().stdout)["rules"]["silent_months"] == 6
    file.write_text('{"silent_months": "six", "colour": 1, "lost_offer": 1}')
    refused = shuhui("--set", str(file))
    assert refused.returncode == 2 and len(refused.stderr.splitlines()) == 3
    file.write_text('{"silent_months": 9, "silent_sku": "NONE"}')
    refused = shuhui("--set", str(file))
    assert refused.returncode == 2 and refused.stderr.startswith("shuhui: silent_sku: 没有这个商品")
    assert json.loads(shuhui().stdout)["rules"]["silent_months"] == 6
    file.write_text('{"silent_months": 12, "offers_a_day": 0}')
    done = shuhui("--set", str(file), "--run")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rules"]["offers_a_day"] == 0 and told["run"]["members"] == 3
    assert [(s["state"], s["members"]) for s in told["segments"]] == [("silent", 3)]


def test_rules_for_one_customer() -> None:
    """B06: bounds, the cycle, quintiles with ties, every pair of scores in a tier."""
    rules = LifecycleRules()
    assert check_rules(rules) == [] and check_rules(LifecycleRules(usual_cycle_days=5))[0].path == "usual_cycle_days"
    assert parsed_rules([])[0] is None and parsed_rules({"lost_cycles": 4})[0] == LifecycleRules(lost_cycles=4)
    twice = Habit(2, AT - 60 * DAY, AT - 10 * DAY)
    assert cycle_of(rules, twice, None) == 30 * DAY and cycle_of(rules, twice, 12 * DAY) == 12 * DAY
    assert cycle_of(rules, Habit(6, AT - 10 * DAY, AT), 50 * DAY) == 7 * DAY
    assert scores([5]) == [5] and scores([1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5] and scores([7, 7, 7, 9]) == [4, 4, 4, 5]
    rows = ("at_risk " * 5, "potential potential potential at_risk at_risk", "potential potential active active active")
    told = [[tier_of(r, f, 1) for f in range(1, 6)] for r in range(1, 6)]
    assert told == [row.split() for row in (*rows, rows[2], rows[2])]
    for state in ("silent", "lost"):
        for lines in copy()[f"lifecycle_{state}"].values():
            assert all(len(line.format(yuan="99.5")) <= THING_LENGTH for line in lines)


async def test_the_night_locks_members_in_the_order_of_their_ids(shop: Shop) -> None:
    """B06: who accepts an invitation locks two members by id; the night's run, which lies in wait for the first of them, has not
    locked the second before it, in whatever order they lie in the table. An update that locks them as it finds them ends in a ring."""
    for _ in range(12):
        await shop.shopper()
    rows = await database.fetch("SELECT id FROM members WHERE merchant_id = $1 ORDER BY id", shop.merchant_id)
    ids = [row["id"] for row in rows]
    first, *others = ids[3:]
    for one in reversed(ids):  # they lie in the other order
        await database.pool().execute("UPDATE members SET nickname = nickname || '.' WHERE id = $1", one)
    await shop.world.owner.execute("ANALYZE members")  # a small table is read as it lies
    at, lock = now() + timedelta(days=400), "SELECT id FROM members WHERE id = $1 FOR NO KEY UPDATE"
    async with database.pool().acquire() as connection:
        accepting = connection.transaction()
        await accepting.start()
        await connection.execute(lock, first)
        night = asyncio.create_task(run(shop, at))
        waits = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.query LIKE 'WITH habits%'"
        async with asyncio.timeout(10):
            while not await connection.fetchval(waits):
                await asyncio.sleep(0.02)
        for one in others:
            await asyncio.wait_for(connection.execute(lock, one), 5)
        await accepting.commit()
    assert (await night).changed == len(rows)
