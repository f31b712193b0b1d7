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


def test_lint_finds_what_cannot_be_meant(folder: Path) -> None:
    """P20: no goods, over, excludes of nothing, lonely group, everything given away; a sound folder has none."""
    at = ("--at", "2026-06-18T00:00:00+08:00")
    assert shuhui("promotions", "lint", str(folder), *at).returncode == 0
    rules = [
        {"id": "ghosts", "type": "amount_off", "off": 1, "scope": {"brands": ["没有"]}},
        {"id": "over", "type": "amount_off", "off": 1, "when": {"until": "2026-01-01T00:00:00+08:00"}},
        {"id": "shy", "type": "amount_off", "off": 1, "group": "mine", "excludes": ["nobody"]},
        {"id": "free", "type": "spend_off", "tiers": [{"min": 1000, "off": 1000}]},
    ]
    write(folder, {"more.json": {"promotions": rules}})
    done = shuhui("promotions", "lint", str(folder), *at)
    kinds = {tuple(line.split(": ")[1:3]) for line in done.stdout.splitlines()}
    assert done.returncode == 1
    assert kinds == {
        ("ghosts", "no_goods"),
        ("over", "over"),
        ("shy", "excludes_nothing"),
        ("shy", "lonely_group"),
        ("free", "gives_all"),
    }
    assert shuhui("promotions", "lint", str(folder), "--at", "yesterday").returncode == 2
