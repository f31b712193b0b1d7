"""What a coupon's history says is Chinese, whatever the code writes there (K05)."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

from backend import coupons
from backend.coupons.via_rules import PARTNER, SOURCES
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import new_id
from backend.tests.conftest import Shop
from schema.coupon_types import WHY

ROOT = Path(__file__).resolve().parents[2]
AT = {"grant": (5, "source"), "Step": (3, "reason"), "_step": (2, "reason"), "revoke": (4, "reason")}
"""Where each writer takes the word: its position and name. What hands it on is `grant` to `Step` and `_step` to `Step`."""
SQL = re.compile(r"(?:actor|'system'), '(\w+)'")
NAMED = "{ benefitAccount { coupons { nodes { id source moves { before after why } } } } }"


def product_files() -> list[Path]:
    folders = [ROOT / name for name in ("backend", "schema", "workers")]
    return [p for folder in folders for p in sorted(folder.rglob("*.py")) if "tests" not in p.parts]


def called(node: ast.Call) -> str:
    """The name of what is called; a `grant` of another slice than coupons has no name here."""
    match node.func:
        case ast.Attribute(value=ast.Name(id="coupons"), attr=name) | ast.Name(id=name):
            return name
    return ""


def written(path: Path) -> set[str]:
    """The sources and reasons that a file writes; a word that cannot be told from the code fails the test."""
    found, tree = set[str](), ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "INTO coupon_moves" in node.value:
            found |= set(SQL.findall(node.value))
        if not isinstance(node, ast.Call) or called(node) not in AT:
            continue
        if called(node) != "revoke" and path.parent.name != "coupons" and not isinstance(node.func, ast.Attribute):
            continue  # its own `grant` or `Step`
        place, name = AT[called(node)]
        word = next((k.value for k in node.keywords if k.arg == name), None) or node.args[place]
        if isinstance(word, ast.Constant):
            found.add(str(word.value))
        else:
            assert isinstance(word, ast.Name) and word.id in ("source", "reason") and path.name == "life.py", (
                path,
                ast.unparse(node),
            )
    return found


WRITTEN = {word for path in product_files() for word in written(path)} | set(SOURCES.values()) | {PARTNER}


def test_every_source_and_reason_has_a_chinese_word() -> None:
    """K05: what the code can write as a source or a reason, wherever it does, is told in Chinese."""
    assert {"claim", "birthday", "lifecycle", "gift", "schedule", "place", "claw_back", "mall_void"} <= WRITTEN
    told = {word for word, _ in WHY}
    assert sorted(WRITTEN - told) == [], "a customer would read the code's own word"
    assert all(re.fullmatch("[\u4e00-\u9fff]+", words) for words in WHY.values())


def test_a_writer_that_nobody_knows_is_seen(tmp_path: Path) -> None:
    """K05: the test above finds a new source, and one that is made up at run time."""
    new = tmp_path / "campaign.py"
    new.write_text('await coupons.grant(tx, s, m, member, template, "easter_egg", key, at)', "utf-8")
    assert written(new) == {"easter_egg"}
    new.write_text("await coupons.grant(tx, s, m, member, template, kind, key, at)", "utf-8")
    with pytest.raises(AssertionError):
        written(new)


async def test_granted_coupons_say_their_source_in_chinese(shop: Shop) -> None:
    """K05: every source with which coupons are given without a claim, as the customer reads it."""
    shopper = await shop.shopper()
    member = await database.fetchval("SELECT id FROM members WHERE merchant_id = $1", shop.merchant_id)
    granted = sorted(WRITTEN & {"birthday", "lifecycle", "mall", "lottery", "compensation", "earn"})
    assert len(granted) == 6
    secret = shop.world.settings.secret
    async with database.transaction() as tx:
        validity = coupons.Validity(None, None, None, 3)
        new = coupons.NewTemplate("券", {"off": {"min": 0, "off": 100}}, {"all": True}, validity)
        template = await coupons.ensure(tx, shop.merchant_id, "words", new, now() - timedelta(minutes=1))
        for source in granted:
            await coupons.grant(tx, secret, shop.merchant_id, member, template, source, str(new_id()), now())
    nodes = (await shopper.run(NAMED))["benefitAccount"]["coupons"]["nodes"]
    assert sorted(n["source"] for n in nodes) == sorted(WHY[(source, "")] for source in granted)
    assert {m["why"] for n in nodes for m in n["moves"]} == {n["source"] for n in nodes}
