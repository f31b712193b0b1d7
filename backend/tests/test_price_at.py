"""Q07: a cart as of any past moment, from the stored versions of the rules (`shuhui price-at`)."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.demo.client import key
from backend.kit import database
from backend.kit.clock import now
from backend.tests.conftest import Shop, place
from backend.tests.test_bearing import cli

END = "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }"


WISH = {"cart": {"channel": "miniapp", "delivery": "pickup", "lines": [{"sku": "BEEF", "qty": 2}]}}


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def asked(shop: Shop, file: Path, at: datetime, *more: str) -> Any:
    return cli(shop, "price-at", "--merchant", shop.code, "--at", at.isoformat(), str(file), *more)


def priced(shop: Shop, file: Path, at: datetime) -> dict[str, Any]:
    done = asked(shop, file, at)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def cart(tmp_path: Path) -> Path:
    file = tmp_path / "cart.json"
    write(file, json.dumps(WISH))
    return file


async def test_any_moment_is_priced_by_the_rules_of_then(shop: Shop, cart: Path) -> None:
    """Q07: before a promotion, while it ran, after it was ended early and a better one came: each moment has its own price, names
    the versions that stood, and an order of then has the same price and the same hash of its rules."""
    before = now()
    await asyncio.sleep(0.01)
    first = await shop.promotion(
        {"type": "amount_off", "scope": {"skus": ["BEEF"]}, "off": 300}, name="头一个", starts=-86400
    )
    shopper = await shop.shopper()
    order = await place(shopper, {"BEEF": 2})
    assert order["__typename"] == "Order", order
    during = now()
    await asyncio.sleep(0.01)
    ended = (await (await shop.admin()).run(END, i={"promotionId": first["id"], "idempotencyKey": key()}))[
        "endPromotion"
    ]
    assert ended["__typename"] == "Promotion"
    second = await shop.promotion({"type": "percent_off", "scope": {"skus": ["BEEF"]}, "pay_bp": 5000}, starts=-86400)
    after = now()
    frozen = await database.fetchrow("SELECT rules, payable_fen FROM orders WHERE merchant_id = $1", shop.merchant_id)
    assert frozen is not None
    plain, then, last = (priced(shop, cart, at) for at in (before, during, after))
    assert plain["versions"] == [] and plain["payable"] == plain["list"]
    assert then["payable"] == plain["list"] - 600 == frozen["payable_fen"] and then["rules"] == frozen["rules"]
    assert last["payable"] == plain["list"] - plain["list"] // 4 * 2
    [old], [new] = then["versions"], last["versions"]
    assert (old["promotion"], new["promotion"]) == (first["id"], second["id"]) and old["offer"] == first["offers"][0][
        "id"
    ]
    assert (old["version"], old["applied"], new["applied"]) == (1, True, True) and old["hash"] != new["hash"]
    assert (
        datetime.fromisoformat(old["since"]) <= during < datetime.fromisoformat(old["until"]) and new["until"] is None
    )
    assert then["at"] == during.isoformat() and priced(shop, cart, during) == then, "and the same for ever"


async def test_what_was_used_up_then_the_file_says(shop: Shop, cart: Path) -> None:
    """Q07: what had run out is said by the file, and so are articles as they cost then and who bought; the rest is as it is now."""
    made = await shop.promotion(
        {"type": "fixed_price", "scope": {"skus": ["BEEF"]}, "price": 100, "limits": {"stock": 5}}, name="秒杀"
    )
    offer, at, wish = made["offers"][0]["id"], now(), WISH
    write(cart, json.dumps({**wish, "stock": {offer: 0}}))
    gone = priced(shop, cart, at)
    assert gone["payable"] == gone["list"] and [(r["id"], r["reason"]) for r in gone["rejected"]] == [
        (offer, "SOLD_OUT")
    ]
    assert [v["applied"] for v in gone["versions"]] == [False]
    dear = [{"sku": "BEEF", "price": 9999, "name": "牛肉"}]
    write(cart, json.dumps({**wish, "catalog": dear, "customer": {"id": "u", "points": 100, "balance": 0}}))
    old = priced(shop, cart, at)
    assert (old["list"], old["payable"]) == (2 * 9999, 200)


async def test_what_cannot_be_priced_is_refused(shop: Shop, cart: Path) -> None:
    """Q07: a moment without a zone or still to come, another merchant's name, and every fault of the file end with exit code 2,
    a reason each on stderr, and nothing on stdout."""
    wish = WISH
    for moment, word in (
        ("gestern", "带时区"),
        ("2026-01-01T00:00:00", "带时区"),
        ((now() + timedelta(days=1)).isoformat(), "还没有到"),
    ):
        done = cli(shop, "price-at", "--merchant", shop.code, "--at", moment, str(cart))
        assert done.returncode == 2 and word in done.stderr and not done.stdout, done
    assert cli(shop, "price-at", "--merchant", "nobody", "--at", now().isoformat(), str(cart)).returncode == 2
    for text, place_ in (
        ("{", ""),
        ("[]", ""),
        ("{}", "cart"),
        (json.dumps({**wish, "promotions": []}), "promotions"),
        (json.dumps({**wish, "at": "2026-01-01T00:00:00Z"}), "at"),
        (json.dumps({"cart": {**wish["cart"], "store": "NOWHERE"}}), "cart.store"),
        (json.dumps({"cart": {**wish["cart"], "lines": [{"sku": "NOTHING", "qty": 1}]}}), "cart.lines[0].sku"),
        (json.dumps({"cart": {**wish["cart"], "lines": "BEEF"}}), "cart.lines"),
        (json.dumps({**wish, "coupons": 3, "policy": 4, "customer": []}), "policy"),
        (json.dumps({**wish, "catalog": "all"}), "catalog"),
    ):
        write(cart, text)
        done = asked(shop, cart, now())
        faults = [json.loads(line) for line in done.stderr.splitlines()]
        assert done.returncode == 2 and not done.stdout and place_ in [f["path"] for f in faults], (text, done.stderr)
