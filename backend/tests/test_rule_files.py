"""P20: promotions as files, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.tests.test_kit import shuhui

CATALOG = {
    "catalog": [
        {"sku": "NRW500", "price": 3990, "category": "丸滑/牛肉丸", "tags": ["火锅"]},
        {"sku": "TEA", "price": 500},
    ]
}
RULE = {"id": "hotpot", "type": "spend_off", "scope": {"tags": ["火锅"]}, "tiers": [{"min": 20000, "off": 3000}]}
EXAMPLE = {
    "name": "六袋",
    "at": "2026-06-18T19:30:00+08:00",
    "cart": {"lines": [{"sku": "NRW500", "qty": 6}]},
    "expect": {"payable": 20940, "offers": ["hotpot"]},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "rules", {"catalog.json": CATALOG, "hotpot.json": {"promotions": [RULE], "examples": [EXAMPLE]}}
    )


def write(folder: Path, files: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).write_text(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False), "utf-8")
    return folder


def test_examples_hold_or_are_named(folder: Path) -> None:
    """P20: exit 0 when each costs what it should; else 1, with what was expected and what came."""
    good = shuhui("promotions", "test", str(folder))
    assert good.returncode == 0 and "1 passed, 0 failed" in good.stdout
    write(
        folder,
        {"hotpot.json": {"promotions": [RULE], "examples": [{**EXAMPLE, "expect": {"payable": 1, "offers": []}}]}},
    )
    bad = shuhui("promotions", "test", str(folder))
    assert (
        bad.returncode == 1
        and "payable: 应为 1，实为 20940" in bad.stdout
        and "offers: 应为 []，实为 ['hotpot']" in bad.stdout
    )


def test_malformed_folders_say_everything_at_once(folder: Path, tmp_path: Path) -> None:
    """P20, bad input: every fault with file and place as JSON lines, nothing on stdout, exit 2."""
    write(
        folder,
        {
            "a.json": "{",
            "b.json": {
                "promotions": [{"id": "x", "type": "spend_off", "tiers": [{"min": -1, "off": 2.5}]}],
                "colour": 1,
            },
            "c.json": {
                "promotions": [RULE],
                "examples": [
                    {**EXAMPLE, "name": "多", "cart": {"lines": [{"sku": "GHOST", "qty": 1}]}},
                    {"name": "无"},
                ],
            },
        },
    )
    done = shuhui("promotions", "test", str(folder))
    faults = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 2 and done.stdout == ""
    places = {(f["file"], f["path"]) for f in faults}
    assert {
        ("a.json", ""),
        ("b.json", "colour"),
        ("c.json", "examples[1]"),
        ("hotpot.json", "promotions[0].id"),
    } <= places
    assert any(f == "b.json" and p.startswith("promotions[0].tiers") for f, p in places) and any(
        "GHOST" in f["message"] or "lines[0]" in f["path"] for f in faults
    )
    assert shuhui("promotions", "lint", str(tmp_path / "nowhere")).returncode == 2


def test_goods_that_the_shop_does_not_have_are_refused(folder: Path, tmp_path: Path) -> None:
    """P20, bad input: catalog.json is the whole shop, so a rule or coupon that names another article is a slip; said once,
    in the file where it stands. Without catalog.json nobody can tell."""
    rules: dict[str, Any] = {
        "promotions": [
            {"id": "soup", "type": "amount_off", "off": 1, "scope": {"skus": ["TEA", "SOUP"]}},
            {"id": "present", "type": "spend_gift", "tiers": [{"min": 1, "gifts": [{"sku": "CUP"}]}]},
        ],
        "coupons": [{"id": "c", "template": "t", "content": {"exchange": {"sku": "CAKE"}}}],
    }
    write(folder, {"more.json": rules, "catalog.json": {**CATALOG, "gift_stock": {"CUPS": 3}}})
    done = shuhui("promotions", "test", str(folder))
    assert (done.returncode, done.stdout) == (2, "")
    assert {(f["file"], f["path"], f["message"]) for f in map(json.loads, done.stderr.splitlines())} == {
        ("more.json", "promotions[0].scope.skus[1]", "SOUP is not in the catalogue"),
        ("more.json", "promotions[1].tiers[0].gifts[0].sku", "CUP is not in the catalogue"),
        ("more.json", "coupons[0].content.exchange.sku", "CAKE is not in the catalogue"),
        ("catalog.json", "gift_stock.CUPS", "CUPS is not in the catalogue"),
    }
    example = {**EXAMPLE, "catalog": CATALOG["catalog"]}
    soup = {"promotions": [RULE, rules["promotions"][0]], "examples": [example]}
    alone = write(tmp_path / "alone", {"rules.json": soup})
    assert shuhui("promotions", "test", str(alone)).returncode == 0


def test_diff_tells_rules_in_words_and_prices(folder: Path, tmp_path: Path) -> None:
    """P20: what was added, removed and changed, and what the examples cost before and after."""
    changed = {**RULE, "tiers": [{"min": 20000, "off": 4000}]}
    new = write(
        tmp_path / "new",
        {
            "catalog.json": CATALOG,
            "hotpot.json": {
                "promotions": [changed, {"id": "tea", "type": "amount_off", "off": 100, "scope": {"skus": ["TEA"]}}],
                "examples": [{**EXAMPLE, "expect": {}}],
            },
        },
    )
    done = shuhui("promotions", "diff", str(folder), str(new))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert (
        lines[0].startswith("改动 hotpot: 满200减30")
        and "→ 满200减40" in lines[0]
        and lines[1].startswith("新增 tea")
        and lines[2] == "例子 六袋: 20940 → 19940"
    )
    assert shuhui("promotions", "diff", str(folder), str(folder)).stdout == ""


def test_diff_tells_what_changed_in_the_shop(folder: Path, tmp_path: Path) -> None:
    """P20: articles, floors, costs, policy, stock and budgets; each example is priced with the shop of its folder."""
    before = {**CATALOG, "policy": {"max_coupons": 2}, "stock": {"hotpot": 5}, "budget": {"hotpot": 90000}}
    write(folder, {"catalog.json": before})
    shop = {
        "catalog": [
            {"sku": "NRW500", "price": 4200, "floor": 3800, "cost": 2600, "category": "丸滑", "tags": ["火锅"]},
            {"sku": "MILK", "price": 800, "brand": "新希望"},
        ],
        "stock": {"hotpot": 3},
        "gift_stock": {"MILK": 2},
        "budget": {"hotpot": 90000},
    }
    milk = {"name": "奶", "at": EXAMPLE["at"], "cart": {"lines": [{"sku": "MILK", "qty": 1}]}, "expect": {}}
    rules = {"promotions": [{**RULE, "priority": 90}], "examples": [{**EXAMPLE, "expect": {}}, milk]}
    new = write(tmp_path / "new", {"catalog.json": shop, "hotpot.json": rules})
    done = shuhui("promotions", "diff", str(folder), str(new))
    said = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert said[0].startswith("改动 hotpot: 满200减30") and said[0].count("满200减30") == 2
    assert "（priority 无）" in said[0] and said[0].endswith("（priority 90）")
    assert said[1:] == [
        "商品 MILK: 无 → 价格 8.00，品牌 新希望",
        "商品 NRW500: 价格 39.90，底价 0.00，成本 无，分类 丸滑/牛肉丸 → 价格 42.00，底价 38.00，成本 26.00，分类 丸滑",
        "商品 TEA: 价格 5.00 → 无",
        "参数 max_coupons: 2 → 1",
        "库存 hotpot: 5 → 3",
        "赠品库存 MILK: 无 → 2",
        "例子 六袋: 20940 → 22800",
        "例子 奶: 不能计价（cart.lines[0].sku: MILK is not in the catalogue） → 800",
    ]


AT = ("--at", "2026-06-18T00:00:00+08:00")


def linted(folder: Path, *more: str, code: int = 1) -> list[dict[str, Any]]:
    """What lint says as JSON lines: findings first, then the worst basket and the worst article."""
    done = shuhui("promotions", "lint", str(folder), *AT, "--json", *more)
    assert done.returncode == code, (done.stdout, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def kinds(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["id"], row["kind"]) for row in rows if "id" in row}


def test_lint_finds_what_cannot_be_meant(folder: Path) -> None:
    """P20: no goods, over, excludes of nothing, lonely group, everything given away; a sound folder has none."""
    assert kinds(linted(folder, code=0)) == set()
    rules = [
        {"id": "ghosts", "type": "amount_off", "off": 1, "scope": {"brands": ["没有"]}},
        {"id": "over", "type": "amount_off", "off": 1, "when": {"until": "2026-01-01T00:00:00+08:00"}},
        {"id": "shy", "type": "amount_off", "off": 1, "group": "mine", "excludes": ["nobody", "shy"]},
        {"id": "free", "type": "spend_off", "tiers": [{"min": 1000, "off": 1000}]},
    ]
    write(folder, {"more.json": {"promotions": rules}})
    found = linted(folder)
    assert kinds(found) == {
        ("ghosts", "no_goods"),
        ("over", "over"),
        ("shy", "excludes_nothing"),
        ("shy", "excludes_itself"),
        ("shy", "lonely_group"),
        ("free", "gives_all"),
    }
    assert {row["file"] for row in found if "id" in row} == {"more.json"}
    assert all(row["finding"] and row["zh"] and row["en"] for row in found if "id" in row)
    words = shuhui("promotions", "lint", str(folder), *AT)
    assert words.returncode == 1 and "more.json: free: gives_all: 第1档减的不比门槛少：白送" in words.stdout
    assert shuhui("promotions", "lint", str(folder), "--at", "yesterday").returncode == 2


SHOP = {"policy": {"min_coupon_gain": 100}, "budget": {"rich": 2500}, "gift_stock": {"SOLD": 0}, "stock": {"gone": 0}}
GOODS = [
    {"sku": "BALL", "price": 4000, "tags": ["火锅"]},
    {"sku": "TEA", "price": 500},
    {"sku": "SOLD", "price": 900},
    {"sku": "KEPT", "price": 3000, "floor": 3000},
]
BALL = {"skus": ["BALL"]}
GIFT = [{"sku": "TEA"}]
SUSPECT: list[tuple[str, dict[str, Any]]] = [
    # Tiers that can never pay
    ("tier_not_better", {"type": "spend_percent", "max_off": 2000, "tiers": [{"min": 10000, "pay_bp": 9000}, {"min": 20000, "pay_bp": 8500}]}),
    ("tier_not_better", {"type": "spend_percent", "max_off": 800, "scope": BALL, "tiers": [{"count": 1, "pay_bp": 9000}, {"count": 2, "pay_bp": 8500}]}),
    ("tier_not_better", {"type": "spend_gift", "tiers": [{"min": 5000, "gifts": [{"sku": "KEPT"}]}, {"min": 9000, "gifts": GIFT}]}),
    ("tier_no_stock", {"type": "spend_gift", "tiers": [{"min": 5000, "gifts": GIFT}, {"min": 9000, "gifts": [{"sku": "SOLD"}]}]}),
    ("tier_over_budget", {"id": "rich", "type": "spend_off", "tiers": [{"min": 10000, "off": 1000}, {"min": 30000, "off": 3000}]}),
    ("tier_out_of_reach", {"type": "spend_off", "tiers": [{"min": 10000, "off": 1000}, {"min": 30000, "off": 3000}], "when": {"not": {"min_amount": {"fen": 30000}}}}),
    ("tier_out_of_reach", {"type": "spend_percent", "tiers": [{"count": 2, "pay_bp": 9000}, {"count": 5, "pay_bp": 8000}], "when": {"not": {"min_count": {"count": 5}}}}),
    ("cap_below_step", {"type": "spend_off", "every": {"min": 10000, "off": 1000, "max_off": 500}}),
    # Offers that never apply
    ("never_applies", {"type": "fixed_price", "price": 4000, "scope": BALL}),
    ("never_applies", {"type": "amount_off", "off": 500, "scope": {"skus": ["KEPT"]}}),
    ("never_applies", {"type": "pick_bundle", "count": 2, "price": 8000}),
    ("never_applies", {"type": "combo", "items": [{"sku": "BALL"}, {"sku": "TEA"}], "price": 4500}),
    ("never_applies", {"type": "nth_item", "n": 2, "pay_bp": 10000}),
    ("never_applies", {"id": "gone", "type": "amount_off", "off": 100}),
    ("never_applies", {"type": "percent_off", "pay_bp": 9000, "limits": {"per_order": 0}}),
    ("add_on_not_cheaper", {"type": "add_on", "min": 1000, "items": [{"sku": "TEA", "price": 500}, {"sku": "SOLD", "price": 1}]}),
    ("never_holds", {"type": "amount_off", "off": 100, "when": {"weekday": [6], "from": "2026-06-22T00:00:00+08:00", "until": "2026-06-25T00:00:00+08:00"}}),
    ("never_holds", {"type": "amount_off", "off": 100, "when": {"day_of_month": [31], "from": "2026-06-02T00:00:00+08:00", "until": "2026-07-31T00:00:00+08:00"}}),
    ("never_holds", {"type": "amount_off", "off": 100, "when": {"channel": ["pos"], "all": [{"channel": ["h5"]}]}}),
    ("never_holds", {"type": "amount_off", "off": 100, "when": {"region": ["四川/成都"], "all": [{"region": ["四川/绵阳"]}]}}),
    ("never_holds", {"type": "amount_off", "off": 100, "when": {"min_amount": {"scope": {"brands": ["无"]}, "fen": 100}}}),
    ("never_holds", {"type": "amount_off", "off": 100, "when": {"from": "2026-07-02T00:00:00+08:00", "all": [{"until": "2026-07-01T00:00:00+08:00"}]}}),
    # Limits and fields without a meaning
    ("limit_never_reached", {"type": "spend_off", "tiers": [{"min": 10000, "off": 1000}], "limits": {"per_order": 3}}),
    ("limit_never_reached", {"type": "amount_off", "off": 100, "limits": {"per_order": 5, "per_customer": 2}}),
    ("limit_never_reached", {"type": "amount_off", "off": 100, "limits": {"per_order": 5, "per_day": 2}}),
    ("limit_never_reached", {"type": "amount_off", "off": 100, "limits": {"per_day": 2, "per_customer": 2}}),
    ("limit_never_reached", {"type": "amount_off", "off": 100, "limits": {"per_day": 9, "stock": 8}}),
    ("means_nothing", {"type": "spend_off", "tiers": [{"min": 10000, "off": 1000}], "mandatory": True}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "rule"), SUSPECT, ids=[f"{k}-{n}" for n, (k, _) in enumerate(SUSPECT)])
def test_lint_finds_each_kind(tmp_path: Path, kind: str, rule: dict[str, Any]) -> None:
    """P20: each kind of finding, alone in its folder."""
    folder = write(
        tmp_path / "r", {"catalog.json": {"catalog": GOODS, **SHOP}, "a.json": {"promotions": [{"id": "x", **rule}]}}
    )
    assert kinds(linted(folder)) == {(rule.get("id", "x"), kind)}


SOUND: list[dict[str, Any]] = [
    {"type": "spend_percent", "max_off": 3000, "tiers": [{"min": 10000, "pay_bp": 9000}, {"min": 20000, "pay_bp": 8500}]},
    {"type": "spend_gift", "tiers": [{"min": 5000, "gifts": GIFT}, {"min": 9000, "gifts": [{"sku": "KEPT"}]}]},
    {"type": "fixed_price", "price": 3999, "scope": BALL},
    {"type": "buy_get", "buy": {"scope": BALL, "count": 2}, "get": {"scope": {"skus": ["TEA"]}, "count": 1}},
    {"type": "combo", "items": [{"sku": "BALL"}, {"sku": "TEA"}], "price": 4499},
    {"type": "add_on", "min": 1000, "items": [{"sku": "TEA", "price": 1}]},
    {"type": "shipping", "min": 5000, "free": True},
    {"type": "earn_points", "per_yuan": 1},
    {"type": "earn_stamps", "min": 5000, "count": 1},
    {"type": "nth_item", "n": 2, "pay_bp": 5000, "when": {"weekday": [6], "hours": ["22:00", "02:00"], "from": "2026-06-22T00:00:00+08:00"}},
    {"type": "amount_off", "off": 100, "when": {"region": ["四川"], "all": [{"region": ["四川/成都"]}], "tag": ["a"], "any": [{"tag": ["b"]}, {"level": ["gold"]}]}},
]  # fmt: skip


def test_lint_is_silent_about_sound_rules(tmp_path: Path) -> None:
    """P20: every type as it is meant has no finding, all of them together neither."""
    rules = [{"id": f"s{n}", **rule} for n, rule in enumerate(SOUND)]
    folder = write(tmp_path / "r", {"catalog.json": {"catalog": GOODS}, "a.json": {"promotions": rules}})
    assert kinds(linted(folder, code=0)) == set()


def test_lint_finds_who_is_crowded_out(tmp_path: Path) -> None:
    """P20: a mandatory offer that always holds keeps others off its goods; a lower price of the same group beats one;
    a coupon below the least gain is never used; with a limit or hours the others have their turn."""
    flash = {"id": "flash", "type": "fixed_price", "price": 2000, "scope": BALL, "mandatory": True}
    rules = [
        {"id": "slow", "type": "percent_off", "pay_bp": 9000, "scope": BALL},
        {"id": "sum", "type": "spend_off", "tiers": [{"min": 5000, "off": 500}], "scope": BALL, "excludes": ["line"]},
        {"id": "tea1", "type": "amount_off", "off": 100, "scope": {"skus": ["TEA"]}},
        {"id": "tea2", "type": "amount_off", "off": 200, "scope": {"skus": ["TEA", "SOLD"]}},
    ]
    small = {"id": "c", "template": "t", "content": {"off": {"min": 100, "off": 99}}}
    shop = {"catalog": GOODS, "policy": {"min_coupon_gain": 100}}
    folder = write(
        tmp_path / "r", {"catalog.json": shop, "a.json": {"promotions": [flash, *rules], "coupons": [small]}}
    )
    assert kinds(linted(folder)) == {
        ("slow", "always_excluded"),
        ("sum", "always_excluded"),
        ("tea1", "always_beaten"),
        ("c", "below_min_gain"),
    }
    write(
        folder,
        {
            "a.json": {
                "promotions": [{**flash, "limits": {"per_order": 1}}, *rules[:2], {**rules[3], "when": {"level": ["g"]}}, rules[2]],
                "coupons": [{**small, "content": {"off": {"off": 100}}}],
            }
        },
    )  # fmt: skip
    assert kinds(linted(folder, code=0)) == set()


COSTS = {
    "catalog": [
        {"sku": "BALL", "price": 4000, "cost": 2800, "tags": ["火锅"]},
        {"sku": "POT", "price": 9900, "cost": 7000, "tags": ["火锅"]},
        {"sku": "TEA", "price": 500, "cost": 300},
    ]
}
STACK = [
    {"id": "tiers", "type": "spend_off", "scope": {"tags": ["火锅"]}, "tiers": [{"min": 10000, "off": 1000}, {"min": 20000, "off": 3000}]},
    {"id": "gold", "type": "percent_off", "pay_bp": 9000, "when": {"level": ["gold"], "hours": ["18:00", "22:00"]}},
]  # fmt: skip


def test_worst_basket_is_really_priced(tmp_path: Path) -> None:
    """P20: the lowest margin that rules and coupons stack to, with its basket; `shuhui price` on it says the same."""
    held = {"id": "c", "template": "t", "content": {"off": {"min": 8800, "off": 800}}}
    folder = write(tmp_path / "r", {"catalog.json": COSTS, "a.json": {"promotions": STACK, "coupons": [held]}})
    file = tmp_path / "basket.json"
    basket, article = linted(folder, "--basket", str(file), code=0)
    # A gold customer in the evening buys what is dearest to make just above a threshold: 2 POT and 1 BALL, 238.00,
    # 214.20 after 10 %, 184.20 after the tier, 176.20 after the coupon; they cost 168.00.
    assert basket["lines"] == [{"sku": "BALL", "qty": 1}, {"sku": "POT", "qty": 2}]
    assert (basket["list_fen"], basket["paid_fen"], basket["cost_fen"]) == (23800, 17620, 16800)
    priced = json.loads(shuhui("price", str(file)).stdout)
    assert basket["kind"] == "worst_basket" and article["kind"] == "worst_article"
    assert basket["scenario"] == json.loads(file.read_text("utf-8"))
    cost = {item["sku"]: item["cost"] for item in COSTS["catalog"]}
    spent = sum(cost[line["sku"]] * line["qty"] for line in priced["lines"])
    assert (basket["paid_fen"], basket["cost_fen"]) == (priced["goods"], spent)
    assert basket["margin_fen"] == priced["goods"] - spent and basket["finding"] is (basket["margin_fen"] < 0)
    assert basket["margin_bp"] == (priced["goods"] - spent) * 10000 // priced["goods"]
    assert basket["offers"] == sorted(o["id"] for o in priced["offers"]) == ["c", "gold", "tiers"]
    assert basket["scenario"]["customer"]["level"] == "gold"
    again = shuhui("price", str(write(tmp_path / "again", {"b.json": article["scenario"]}) / "b.json"))
    line = next(x for x in json.loads(again.stdout)["lines"] if x["sku"] == article["sku"])
    assert article["paid_fen"] == line["payable"] and article["cost_fen"] == cost[line["sku"]] * line["qty"]


def test_worst_basket_is_the_lowest_of_all_small_ones(tmp_path: Path) -> None:
    """P20: no basket of up to 6 of each article, priced one by one, leaves less than the one that lint names."""
    from itertools import product

    from backend import pricing

    folder = write(tmp_path / "r", {"catalog.json": COSTS, "a.json": {"promotions": STACK}})
    basket, _ = linted(folder, code=0)
    cost = {item["sku"]: item["cost"] for item in COSTS["catalog"]}
    least = 10**9
    for counts in product(range(7), repeat=3):
        lines = [{"sku": sku, "qty": n} for sku, n in zip(cost, counts, strict=True) if n]
        if lines:
            scenario = {**basket["scenario"], "cart": {"lines": lines}}
            goods = pricing.price_scenario(pricing.parse_scenario(scenario))["goods"]
            spent = sum(cost[x["sku"]] * x["qty"] for x in lines)
            least = min(least, (goods - spent) * 10000 // goods)
    assert basket["margin_bp"] <= least


def test_worst_basket_below_a_margin_is_a_finding(tmp_path: Path) -> None:
    """P20: --min-margin-bp decides; gifts and add-ons cost too; without costs the deepest discount is told, and is none."""
    rule = {"id": "a", "type": "percent_off", "pay_bp": 9000}
    folder = write(tmp_path / "r", {"catalog.json": COSTS, "a.json": {"promotions": [rule]}})
    basket, _ = linted(folder, code=0)
    assert basket["margin_bp"] == (8910 - 7000) * 10000 // 8910 and not basket["finding"]
    assert linted(folder, "--min-margin-bp", "2200")[0]["finding"]
    words = shuhui("promotions", "lint", str(folder), *AT, "--min-margin-bp", "2200")
    assert (
        words.returncode == 1
        and "✗ 最差购物车: POT×1: 付 89.10，成本 70.00，毛利 19.10（21.43%）；用到 a" in words.stdout
    )
    gift = {"id": "g", "type": "spend_gift", "tiers": [{"min": 9900, "gifts": [{"sku": "BALL"}]}]}
    write(folder, {"a.json": {"promotions": [gift]}})
    basket, _ = linted(folder, code=0)
    assert (basket["paid_fen"], basket["cost_fen"], basket["margin_bp"]) == (9900, 9800, 101)
    item = {
        "id": "h",
        "type": "add_on",
        "min": 4000,
        "items": [{"sku": "BALL", "price": 1}, {"sku": "TEA", "price": 1}],
    }
    write(folder, {"a.json": {"promotions": [gift, item]}})
    basket, _ = linted(folder)
    assert basket["lines"] == [{"sku": "BALL", "qty": 1}, {"sku": "BALL", "qty": 1}] and basket["finding"]
    assert (basket["paid_fen"], basket["cost_fen"], basket["margin_fen"]) == (4001, 5600, -1599)
    bare = {"catalog": [{k: v for k, v in item.items() if k != "cost"} for item in COSTS["catalog"]]}
    write(folder, {"catalog.json": bare, "a.json": {"promotions": [rule]}})
    basket, _ = linted(folder, "--min-margin-bp", "9999", code=0)
    assert (basket["cost_fen"], basket["margin_bp"], basket["off_bp"]) == (None, None, 1000)


def test_worst_basket_counts_deposits(tmp_path: Path) -> None:
    """P20 Q09: whoever paid a deposit may stack it with everything else; the scenario says so and prices the same."""
    pre = {"id": "pre", "type": "deposit_inflation", "deposit": 1000, "counts_as": 3000, "scope": {"skus": ["POT"]}}
    off = {"id": "off", "type": "percent_off", "pay_bp": 9000}
    folder = write(tmp_path / "r", {"catalog.json": COSTS, "a.json": {"promotions": [pre, off]}})
    basket, _ = linted(folder, "--basket", str(tmp_path / "b.json"))
    assert (basket["lines"], basket["offers"]) == ([{"sku": "POT", "qty": 1}], ["off", "pre"])
    assert (basket["paid_fen"], basket["margin_fen"]) == (9900 - 990 - 2000, -90)
    assert json.loads(shuhui("price", str(tmp_path / "b.json")).stdout)["goods"] == 6910


def test_malformed_shops_and_coupons_are_refused(folder: Path) -> None:
    """P20, bad input: costs, unknown shop fields and coupons are named with file and place; no basket is written."""
    write(
        folder,
        {
            "catalog.json": {
                "catalog": [{"sku": "A", "price": 100, "cost": -1}, {"sku": "A", "price": 5, "floor": 9}],
                "colour": 1,
                "policy": {"max_coupons": -1},
            },
            "c.json": {"coupons": [{"id": "c", "content": {"off": {"off": 0}}}], "promotions": [
                {"id": "g", "type": "spend_gift", "tiers": [{"min": 1, "gifts": [{"sku": "NONE"}]}]}]},
        },
    )  # fmt: skip
    out = folder / "out.txt"
    done = shuhui("promotions", "lint", str(folder), *AT, "--basket", str(out))
    places = {(f["file"], f["path"]) for f in map(json.loads, done.stderr.splitlines())}
    assert done.returncode == 2 and done.stdout == "" and not out.exists()
    assert places >= {
        ("catalog.json", "catalog[0].cost"),
        ("catalog.json", "catalog[1].sku"),
        ("catalog.json", "catalog[1].floor"),
        ("catalog.json", "colour"),
        ("catalog.json", "policy.max_coupons"),
        ("c.json", "coupons[0].content.off.off"),
        ("c.json", "promotions[0].tiers[0].gifts[0].sku"),
    }
