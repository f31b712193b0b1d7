"""How the shop of the simulation begins: goods, drops, promotions, a small mall, a family, systems. Everything runs out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from simulated_faults import Broken

from backend import coupons, families, mall, merchants, promotions, referrals
from backend.kit import database, ids

BEGINNING = datetime(2040, 3, 1, 2, tzinfo=UTC)
"""The simulated clock starts here for every seed: after any wall clock, so that no rule has ended by it."""
GOODS = (
    ("BEEF", "牛肉丸", 4000, 60),
    ("TRIPE", "毛肚", 10000, 9),
    ("PORK", "小酥肉", 3000, 30),
    ("TOFU", "冻豆腐", 900, 18),
    ("CUP", "杯子", 1500, 4),
)
"""SKU, name, price in fen, units in stock."""
SUPPLIERS = {"BEEF": "甲", "TOFU": "甲", "PORK": "乙"}
"""Who supplies what; of the rest nobody knows it."""
THIRDS = [
    {"who": "sku_supplier", "bp": 3333}, {"who": "supplier", "supplier": "乙", "bp": 3334}, {"who": "merchant", "bp": 3333},
]  # fmt: skip
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {
        "type": "fixed_price",
        "scope": {"skus": ["TRIPE"]},
        "price": 6000,
        "limits": {"per_customer": 2, "per_day": 1, "stock": 5},
    },
    {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 10000, "off": 1500}], "bearing": THIRDS},
    {"type": "earn_points", "per_yuan": 3, "limits": {"per_day": 2}, "budget": 4000},
    {
        "type": "spend_gift",
        "scope": {"all": True},
        "tiers": [{"min": 8000, "gifts": [{"sku": "CUP", "qty": 1}]}],
        "budget": 3000,
    },
    {
        "type": "spend_gift",
        "scope": {"skus": ["BEEF", "PORK"]},
        "tiers": [
            {"min": 3000, "gifts": [{"sku": "TOFU", "qty": 1}]},
            {"min": 7000, "gifts": [{"sku": "TOFU", "qty": 2}]},
        ],
        "quota": 3,
    },
    {
        "type": "percent_off",
        "scope": {"skus": ["PORK"]},
        "pay_bp": 8000,
        "limits": {"stock": 4, "per_day": 1},
        "bearing": [{"who": "sku_supplier", "bp": 10000}],
    },
    {"type": "amount_off", "scope": {"skus": ["TOFU"]}, "off": 100, "budget": 700},
    {"type": "add_on", "min": 4000, "scope": {"skus": ["BEEF"]}, "items": [{"sku": "TOFU", "price": 300}], "choose": 1},
    {
        "type": "earn_red_packet",
        "min": 4000,
        "every": True,
        "fen": 250,
        "limits": {"stock": 3, "per_customer": 2},
        "budget": 700,
    },
    {"type": "earn_coupon", "min": 6000, "template": "", "value": 300, "budget": 1000},
    {"type": "earn_stamps", "min": 2000, "every": True, "count": 2, "value": 120},
)


async def publish(shop: Any, offer: dict[str, Any]) -> None:
    """A promotion of one offer; where its price is there twice, one of them is ended."""
    named = {"template": shop.template} if offer["type"] == "earn_coupon" else {}
    offer = offer | named
    draft = promotions.Draft("活动", "", BEGINNING - timedelta(days=1), BEGINNING + timedelta(days=3000), (offer,))
    made = await promotions.create(shop.merchant_id, "staff:boss", None, draft, shop.key(), shop.at, coupons.earnable)
    if not isinstance(made, promotions.PromotionInfo):
        raise Broken(f"{offer}: {made}")
    key = shop.key()
    await shop.command(
        lambda: promotions.publish(shop.merchant_id, "staff:boss", made.id, key, shop.at, coupons.earnable)
    )
    if offer["type"] == "add_on":
        shop.add_ons.append(str(made.definitions[0]["id"]))
    running, _ = await promotions.listed(
        shop.merchant_id, shop.at, states=("RUNNING",), search=None, first=50, after=None
    )
    shop.tally.done["published"] += 1
    if len(running) > len(PROMOTIONS):
        ended = shop.rng.choice(running)
        key = shop.key()
        await shop.command(lambda: promotions.end(shop.merchant_id, "staff:boss", ended.id, key, shop.at))


async def furnish(shop: Any) -> None:
    """Coupons, points, a family, lotteries, promotions and systems."""
    contents = shop.rng.sample(CONTENTS, 4)
    shop.fitting = {await _drop(shop, _drop_of(_kind(content=what, hours=1440))): lines for what, lines in contents}
    at_full = replace(_kind(300, 1500, hours=1440), full_price_only=True)  # goods that no promotion takes (K01)
    shop.fitting[await _drop(shop, _drop_of(at_full))] = {"BEEF": 1, "PORK": 1}
    limited = [await _drop(shop, drop) for drop in drops()]
    stacking = [replace(_kind(off, 1500, stacks=True), return_policy="below") for off in (350, 220)]
    shop.pairing = [await _drop(shop, _drop_of(kind)) for kind in stacking]
    shop.drops = [*limited, *shop.pairing, *shop.fitting]
    await _points(shop)
    await _household(shop)
    await shop.open_levels()
    await shop.hold_lotteries()
    async with database.transaction() as tx:
        earned = await coupons.ensure_template(
            tx, shop.merchant_id, "earned", "返券", {"off": {"min": 0, "off": 300}}, {"all": True}, 60, BEGINNING
        )
        shop.template, shop.compensation = ids.encode("tpl", earned), earned
    for offer in PROMOTIONS:
        await publish(shop, offer)
    await _clerk(shop)
    shop.systems = [await add_system(shop, "till", "pos", True), await add_system(shop, "market", "mall", False)]


async def add_system(shop: Any, code: str, channel: str, takes_stock: bool) -> merchants.SystemInfo:
    new = merchants.NewSystem(code, code, channel, (), takes_stock)
    made = await merchants.add_system(shop.merchant_id, "staff:boss", new, shop.key(), shop.at)
    if not isinstance(made, merchants.SystemMade):
        raise Broken(f"{new}: {made}")
    return made.system


async def _clerk(shop: Any) -> None:
    """Somebody who compensates, at most twice a day. In two shops of three an order may use two coupons."""
    await merchants.set_coupon_policy(
        shop.merchant_id, {"compensations_per_day": 2, "max_coupons": shop.rng.choice((1, 2, 2))}
    )
    await merchants.add_staff(shop.merchant_id, "clerk", "clerk", "only-for-simulation", ("admin",))
    shop.clerk = await database.fetchval("SELECT id FROM staff WHERE merchant_id = $1", shop.merchant_id)


async def _points(shop: Any) -> None:
    """A small mall for points, growth and stamps; three of the four were invited by the first."""
    gives = (
        mall.Gives(sku="CUP", days=20),
        mall.Gives(balance_fen=200),
        mall.Gives(points=25, unit="growth"),
        mall.Gives(sku="TOFU", days=20, unit="stamps"),
    )
    items = [
        await mall.create_item(
            shop.merchant_id,
            "staff:boss",
            mall.Terms("换", points, stock, BEGINNING, BEGINNING + timedelta(days=900), each, day),
            what,
            shop.key(),
            shop.at,
        )
        for what, points, stock, each, day in zip(
            gives, (150, 90, 40, 2), (5, 9, 60, 30), (2, None, None, None), (None, 1, None, None), strict=True
        )
    ]
    shop.items = [item for item in items if isinstance(item, mall.ItemInfo)]
    if len(shop.items) < len(items):
        raise Broken(f"{items}")
    await referrals.set_terms(
        shop.merchant_id, "staff:boss", referrals.Terms(True, 10_000, 300, 2), shop.key(), shop.at
    )
    inviter, *friends = shop.members
    code = await referrals.code_of(shop.merchant_id, inviter, shop.at)
    for friend in friends:
        bound = await referrals.accept(shop.merchant_id, friend, code, shop.key(), shop.at)
        if not isinstance(bound, referrals.Accepted):
            raise Broken(f"{friend}: {bound}")


async def _household(shop: Any) -> None:
    """Three of the four are a family that shares points: all, some a month, none."""
    founder, *friends = shop.members[:3]
    made = await families.found(shop.merchant_id, founder, None, 1, shop.key(), shop.at)
    for friend, monthly in zip(friends, (300, 0), strict=True):
        made = await families.invite(shop.merchant_id, founder, shop.key(), shop.at)
        if not isinstance(made, UUID):
            raise Broken(f"family: {made}")
        [waiting] = await families.invites(shop.merchant_id, made, shop.at)
        made = await families.join(shop.merchant_id, friend, waiting.code, monthly, 1, shop.key(), shop.at)
        if not isinstance(made, UUID):
            raise Broken(f"family: {made}")


def drops() -> list[coupons.NewDrop]:
    """Small drops of every kind of limit: total, a day, timed batches, a budget, points and an article beside the coupon, tiers for
    new customers and for others, uses a day."""
    day = timedelta(days=1)
    return [
        _drop_of(_kind(300, hours=48, bearing=THIRDS), per_day=1),
        _drop_of(replace(_kind(900, 5000, hours=720), return_policy="below"), batches=(coupons.NewBatch(BEGINNING - day, 3), coupons.NewBatch(BEGINNING + 4 * day, 5))),
        _drop_of(_kind(500, hours=2), budget_fen=2500, gives_back=True),
        _drop_of(_kind(400, 2000, hours=48, bearing=THIRDS), extra=coupons.NewExtra(120, "CUP", 9)),
        _drop_of(_kind(1200), budget_fen=4000, gives_back=True, tiers=(
            coupons.NewTier(coupons.Audience(customer="new"), _kind(1200)),
            coupons.NewTier(coupons.Audience(), _kind(200)),
        )),
        _drop_of(replace(_kind(250, uses_per_day=1), budget_fen=400)),  # less than its places (K01)
    ]  # fmt: skip


CONTENTS: tuple[tuple[dict[str, Any], dict[str, int]], ...] = (
    ({"exchange": {"sku": "PORK", "price": 500, "min": 2000}}, {"PORK": 1, "BEEF": 1}),
    ({"trial": {"sku": "TOFU"}}, {"TOFU": 1, "BEEF": 1}),
    ({"bundle": {"items": [{"sku": "BEEF"}, {"sku": "TOFU", "qty": 2}], "price": 4300}}, {"BEEF": 1, "TOFU": 2}),
    ({"points": {"min": 1000, "count": 60}}, {"PORK": 2}),
    ({"points": {"min": 0, "times_bp": 20000}}, {"BEEF": 2}),
    ({"give_back": {"min": 2000, "max": 1500}}, {"BEEF": 1, "PORK": 1}),
)
"""换购, 试用, 套餐, 额外积分 as a number and as a factor, 全额返; each with a cart that it is for."""


def _kind(
    off: int = 0, least: int = 0, *, content: dict[str, Any] | None = None, hours: int = 240, bearing: Any = (), uses_per_day: int | None = None,
    stacks: bool = False,
) -> coupons.NewTemplate:  # fmt: skip
    given = content or {"off": {"min": least, "off": off}}
    return coupons.NewTemplate(
        "券", given, {"all": True}, coupons.Validity(None, None, hours), bearing=tuple(bearing), uses_per_day=uses_per_day,
        stacking=coupons.Stacking(all=stacks),
    )  # fmt: skip


def _drop_of(template: coupons.NewTemplate, **more: Any) -> coupons.NewDrop:
    opens, closes = BEGINNING - timedelta(days=1), BEGINNING + timedelta(days=400)
    return coupons.NewDrop("券", template, opens, closes, 8, 3, publish=True, **more)


async def _drop(shop: Any, drop: coupons.NewDrop) -> UUID:
    made = await coupons.create_drop(shop.merchant_id, "staff:boss", drop, shop.key(), shop.at)
    if not isinstance(made, coupons.DropInfo):
        raise Broken(f"{drop}: {made}")
    return made.id
