"""P18: past baskets through draft rules, every one by `pricing.quote` at its own time and prices; hand-computed figures."""

from __future__ import annotations

import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest

from backend import catalog, merchants, orders, pricing
from backend.imports import journey
from backend.imports import replay as replaying
from backend.imports.commands import moment
from backend.kit.ids import new_id
from backend.tests.conftest import World
from backend.tests.imports import source
from backend.tests.imports.test_completejourney import a_code, load, shuhui

SPEND = {
    "id": "spend-10",
    "type": "spend_off",
    "scope": {"all": True, "except": {"tags": ["sold-by-measure"]}},
    "tiers": [{"min": 1000, "off": 100}],
}
SODA = {"id": "soda-10", "type": "percent_off", "scope": {"categories": ["GROCERY/SOFT DRINKS"]}, "pay_bp": 9000}
FRIDAY_BEEF = {
    "id": "friday-beef",
    "type": "amount_off",
    "scope": {"categories": ["MEAT/BEEF"]},
    "off": 50,
    "when": {"weekday": [5]},
}


@pytest.fixture
async def loaded(world: World, tmp_path: Path) -> str:
    """The tiny set as a merchant; see `source` for its baskets."""
    code = a_code()
    await load(world, code, source.write(tmp_path / "source"))
    return code


def a_file(tmp_path: Path, *rules: dict[str, Any], **more: Any) -> str:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"promotions": list(rules), **more}), "utf-8")
    return str(file)


async def played(code: str, span: replaying.Span, *rules: dict[str, Any], **more: Any) -> replaying.Figures:
    merchant = await merchants.by_code(code)
    assert merchant is not None
    draft = replaying.parse_draft({"promotions": list(rules), **more}, merchant.time_zone)
    return await replaying.replay(merchant, draft, span)


async def test_three_rules_over_the_tiny_set(world: World, loaded: str, tmp_path: Path) -> None:
    """P18, Q02: by hand: 100: soda 2 × 0.20; 101 (Friday 23:30 in New York, Saturday in UTC): beef 3 × 0.50, then 13.50
    reaches the threshold; 102: soda 0.10, fuel is left out; 104: nothing."""
    file = a_file(tmp_path, SPEND, SODA, FRIDAY_BEEF)
    done = shuhui(world, "replay", "--merchant", loaded, "--promotion", file, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert {k: v for k, v in report.items() if "second" not in k and k != "rules"} == {
        "merchant": loaded,
        "currency": "USD",
        "baskets": 4,
        "lines": 7,
        "touched": 3,
        "list": 5700,
        "list_recorded": 5699,
        "rounded_lines": 1,
        "off": 300,
        "payable": 5400,
        "average_off_per_basket": 75.0,
        "average_off_per_touched": 100.0,
        "optimal": 4,
        "optimal_share": 1.0,
        "processes": 1,
        "off_by_offer": {
            "friday-beef": {"baskets": 1, "off": 150, "uses": 3, "points": 0},
            "soda-10": {"baskets": 2, "off": 50, "uses": 3, "points": 0},
            "spend-10": {"baskets": 1, "off": 100, "uses": 1, "points": 0},
        },
    }
    assert report["baskets_per_second"] > 0
    text = shuhui(world, "replay", "--merchant", loaded, "--promotion", file)
    assert text.returncode == 0 and "触及  3 单（75.0%）" in text.stdout and "USD 3.00" in text.stdout
    several = shuhui(world, "replay", "--merchant", loaded, "--promotion", file, "--json", "--processes", "2")
    assert several.returncode == 0, several.stderr
    assert {k: v for k, v in json.loads(several.stdout).items() if "second" not in k} == {
        **{k: v for k, v in report.items() if "second" not in k},
        "processes": 2,
    }


async def test_days_are_the_merchants(loaded: str) -> None:
    """P18: --from and --until are days in New York, the end left out; --limit counts baskets."""

    def day(text: str) -> Any:
        return moment(text, "America/New_York")

    def span(since: str | None, until: str | None, limit: int | None = None) -> replaying.Span:
        return replaying.Span(day(since) if since else None, day(until) if until else None, limit)

    found = await played(loaded, span("2017-03-03", "2017-03-04"), FRIDAY_BEEF)
    assert (found.baskets, found.off_fen) == (1, 150)
    found = await played(loaded, span("2017-03-04", "2017-03-06"), SODA)
    assert (found.baskets, found.off_fen) == (1, 10)
    assert (await played(loaded, span(None, None, 3), SODA)).baskets == 3
    assert (await played(loaded, span("2018-01-01", None), SODA)).baskets == 0


async def test_customers_are_as_they_were(loaded: str) -> None:
    """P18: new or returning, and which order it is, are counted over the past, also before --from."""
    new = {"id": "welcome", "type": "amount_off", "off": 10, "when": {"customer": ["new"]}}
    assert (await played(loaded, replaying.Span(), new)).offers["welcome"].baskets == 2
    later = replaying.Span(moment("2017-03-03", "America/New_York"))
    assert (await played(loaded, later, new)).offers["welcome"].baskets == 1
    second = {"id": "second", "type": "amount_off", "off": 10, "when": {"order_number": {"min": 2, "max": 2}}}
    assert (await played(loaded, later, second)).offers["second"].baskets == 2
    tagged = {"id": "tagged", "type": "amount_off", "off": 10, "when": {"tag": ["campaign:26"]}}
    assert (await played(loaded, replaying.Span(), tagged)).offers["tagged"].baskets == 2


@pytest.mark.parametrize(
    ("limits", "more", "uses", "off"),
    [
        ({}, {}, 5, 500),
        ({"per_customer": 2}, {}, 3, 300),  # 1 + 1 of household 1, 1 of household 2
        ({"per_day": 1}, {}, 3, 300),  # the two of household 1 are of two days
        ({"stock": 2}, {}, 2, 200),
        ({"stock": 9}, {"stock": {"beef": 4}}, 4, 400),  # what is left of it, over the whole year
        ({}, {"budget": {"beef": 450}}, 4, 400),  # 100 and 300, then the last unit no longer fits
    ],
)
async def test_limits_are_used_up_in_the_order_of_time(
    loaded: str, limits: dict[str, int], more: dict[str, Any], uses: int, off: int
) -> None:
    """P18: a limit, a stock or a budget of the draft lasts as long as it would have."""
    rule = {
        "id": "beef",
        "type": "amount_off",
        "scope": {"categories": ["MEAT/BEEF"]},
        "off": 100,
        **({"limits": limits} if limits else {}),
    }
    found = await played(loaded, replaying.Span(), rule, **more)
    assert (found.offers["beef"].uses, found.off_fen) == (uses, off)


async def test_gifts_come_from_the_merchants_articles(loaded: str) -> None:
    """P18: a draft may give goods away; a SKU that the merchant does not have is a fault of the draft."""
    rule = {"id": "soda-for-10", "type": "spend_gift", "tiers": [{"min": 1000, "gifts": [{"sku": "10", "qty": 1}]}]}
    found = await played(loaded, replaying.Span(), rule)
    assert (found.touched, found.offers["soda-for-10"].baskets, found.off_fen) == (
        2,
        2,
        0,
    )  # 101 at 15.00 and 102 at 26.00
    with pytest.raises(pricing.Malformed, match="99 is not an article"):
        await played(loaded, replaying.Span(), {**rule, "tiers": [{"min": 1000, "gifts": [{"sku": "99", "qty": 1}]}]})


async def test_bad_input_exits_2(world: World, loaded: str, tmp_path: Path) -> None:
    """P18: every fault of the file with its path on stderr; unknown merchant, days and files are refused in one line."""
    bad = a_file(
        tmp_path,
        {"id": "a", "type": "spend_off", "tiers": [{"min": 10, "off": "x"}]},
        {"id": "b", "type": "nonsense"},
        wrong=1,
    )
    done = shuhui(world, "replay", "--merchant", loaded, "--promotion", bad, "--json")
    assert done.returncode == 2 and done.stdout == ""
    faults = [json.loads(line) for line in done.stderr.splitlines()]
    assert [f["path"] for f in faults] == ["wrong", "promotions[0].tiers[0].off", "promotions[1].type"] and all(
        f["file"] == bad for f in faults
    )
    missing = shuhui(world, "replay", "--merchant", loaded, "--promotion", str(tmp_path / "none.json"))
    assert missing.returncode == 2 and "cannot be read" in missing.stderr
    good = a_file(tmp_path, SODA)
    for arguments in (
        ["--merchant", "nobody"],
        ["--merchant", loaded, "--from", "yesterday"],
        ["--merchant", loaded, "--until", "2017-03-01T10:00:00"],
        ["--merchant", loaded, "--limit", "2", "--processes", "2"],
    ):
        done = shuhui(world, "replay", "--promotion", good, *arguments)
        assert done.returncode == 2 and done.stderr.startswith("shuhui replay:") and "Traceback" not in done.stderr, (
            arguments
        )


@pytest.mark.parametrize(
    "data", [None, [], {}, {"promotions": {}}, {"promotions": [], "policy": {"tz": "Mars/Olympus"}}]
)
def test_a_file_of_another_form_is_malformed(data: object) -> None:
    """P18: a file without rules in it is refused, not taken for no rules."""
    with pytest.raises(pricing.Malformed):
        replaying.parse_draft(data, "UTC")


def test_the_three_example_rules_compile() -> None:
    """The file of docs/replay.md."""
    text = files("backend.imports").joinpath("examples/three-rules.json").read_text("utf-8")
    draft = replaying.parse_draft(json.loads(text), "America/New_York")
    assert len(draft.rules) == 3 and draft.policy.tz == "America/New_York"


async def test_replay_of_real_baskets_equals_sql(world: World) -> None:
    """P18: one rate on one category, over the first 2,000 real baskets, equals SQL on the source to the cent."""
    folder, code = journey.package_folder(), a_code()
    await load(world, code, folder, limit=2_000)
    found = await played(code, replaying.Span(), SODA)
    [(baskets, off)] = duckdb.sql(f"""
        WITH t AS (SELECT basket_id, quantity AS q, (2 * before + quantity) // (2 * quantity) AS unit FROM (
            SELECT *, round((sales_value + retail_disc + coupon_match_disc) * 100)::BIGINT AS before FROM '{folder}/transactions.parquet') JOIN '{folder}/products.parquet' USING (product_id)
            WHERE quantity > 0 AND before > 0 AND department = 'GROCERY' AND product_category = 'SOFT DRINKS' AND basket_id IN (
              SELECT basket_id FROM '{folder}/transactions.parquet' GROUP BY basket_id ORDER BY any_value(transaction_timestamp), basket_id LIMIT 2000))
        SELECT count(DISTINCT basket_id), sum(q * (unit * 1000 // 10000)) FROM t""").fetchall()
    assert (found.offers["soda-10"].baskets, found.off_fen) == (baskets, off)
    assert baskets > 400 and found.optimal == found.baskets


@pytest.mark.parametrize(("quota", "given"), [(None, [2, 2, 2]), (5, [2, 2, 1]), (2, [2, 0, 0])])
def test_a_quota_of_gifts_is_used_up_in_the_order_of_time(quota: int | None, given: list[int]) -> None:
    """P18, P12: what a draft may give away in all lasts as long as it would have, not anew for each basket."""
    rule = {"id": "tofu", "type": "spend_gift", "tiers": [{"min": 1000, "gifts": [{"sku": "G", "qty": 2}]}]}
    draft = replaying.parse_draft({"promotions": [rule | ({"quota": quota} if quota else {})]}, "America/New_York")
    goods = catalog.ProductInfo(new_id(), "G", "礼", "", "", "", (), "", "", 0, 500, 0, 0)
    player = replaying.Replayer(draft, {"G": goods})
    found = []
    for day in (3, 4, 5):
        basket = orders.PastBasket(
            new_id(), new_id(), "pos", datetime.fromisoformat(f"2017-03-0{day}T10:00:00-05:00"), (("A", 1, 1000),)
        )
        found.append(sum(gift.qty for gift in player.price(basket, pricing.Customer("x"), None, None).gifts))
    assert found == given


def test_a_limit_a_day_is_counted_by_the_day_of_the_draft() -> None:
    """P18, P10: two baskets of one customer on one day share its limit, whatever day it is in UTC; the next day begins anew."""
    rule = {"id": "off", "type": "amount_off", "off": 100, "limits": {"per_day": 3}}
    draft = replaying.parse_draft({"promotions": [rule]}, "America/New_York")
    player = replaying.Replayer(draft, {})
    who, other = new_id(), new_id()

    def played_at(text: str, member: UUID, units: int) -> int:
        basket = orders.PastBasket(
            member, new_id(), "pos", datetime.fromisoformat(f"{text}-05:00"), (("A", units, 1000 * units),)
        )
        quote = player.price(basket, pricing.Customer(str(member)), None, None)
        return sum(offer.uses for offer in quote.offers)

    assert played_at("2017-03-03T10:00:00", who, 2) == 2
    assert played_at("2017-03-03T19:30:00", who, 2) == 1  # in UTC it is the next day already
    assert played_at("2017-03-03T19:40:00", other, 2) == 2
    assert played_at("2017-03-03T23:59:00", who, 2) == 0
    assert played_at("2017-03-04T00:00:00", who, 4) == 3
