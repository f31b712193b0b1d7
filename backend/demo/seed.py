"""Demo merchants: made through the product's own use cases, the same at every run, safe to run again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from backend import automation, catalog, coupons, lottery, mall, members, merchants, promotions, referrals
from backend.demo.shoppers import seed_members
from backend.demo.shops import ASKS, BIRTHDAY_GIFTS, BIRTHDAY_PERK, DEMOS, FULL_PRICE, PLACED, TIMES, Demo
from backend.demo.stamps import seed_stamps
from backend.kit.clock import day_start, local_day, now
from backend.settings import Settings

PASSWORD = "shuhui-demo"
"""Of every demo log-in; seeding is refused in production."""

STAFF: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("admin", "管理员 周敏", ("admin",)),
    ("market", "市场 李想", ("marketing",)),
    ("manager", "店长 王芳", ("store_manager",)),
    ("cashier", "收银 小陈", ("cashier",)),
    ("analyst", "分析 赵阳", ("analyst",)),
    ("finance", "财务 孙丽", ("finance",)),
    ("coupon", "券销 何杰", ("coupon_operator",)),
    ("audit", "审计 郑直", ("auditor",)),
)


async def seed(settings: Settings, say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Makes the demo merchants that are not there yet. Returns the codes of the new ones."""
    if settings.production:
        raise RuntimeError("demo data is refused in production: its passwords are public")
    new = []
    for demo in DEMOS:
        merchant = await merchants.by_code(demo.code)
        if merchant is not None and await promotions.listed(
            merchant.id, now(), states=("RUNNING", "DRAFT", "SCHEDULED", "ENDED"), search=None, first=1, after=None
        ) != ([], 0):
            continue
        say(f"演示商户 {demo.name}")
        await _seed_one(settings, demo)
        new.append(demo.code)
    return new


def _units(stores: Sequence[tuple[str, str]]) -> list[tuple[str, str, str | None]]:
    kinds = ("region", "city", "circle")
    seen: dict[str, tuple[str, str, str | None]] = {}
    for path, _ in stores:
        parts = path.split("/")
        offset = 3 - len(parts)
        for n in range(len(parts)):
            here = "/".join(parts[: n + 1])
            seen.setdefault(here, (kinds[n + offset], here, "/".join(parts[:n]) or None))
    return list(seen.values())


async def _seed_one(settings: Settings, demo: Demo) -> None:
    rows = [
        (f"{demo.code[:2]}-{n + 1:02d}", name, path, f"{''.join(path.split('/')[-2:])}{88 + n * 7}号")
        for n, (path, name) in enumerate(demo.stores)
    ]
    merchant = await merchants.found(demo.code, demo.name, "CNY", "Asia/Shanghai", _units(demo.stores), rows)
    for username, name, roles in STAFF:
        await merchants.add_staff(merchant.id, username, name, PASSWORD, roles)
    goods = demo.goods()
    await catalog.add_many(merchant.id, goods)
    largest = (await catalog.suppliers(merchant.id))[0][0]  # somebody of a supplier, who sees its own shares alone
    await merchants.add_staff(merchant.id, "supplier", f"供应商 {largest}", PASSWORD, ("supplier",), supplier=largest)
    rng = random.Random(f"stock:{demo.code}")
    stores = await merchants.stores(merchant.id)
    await catalog.receive(
        merchant.id,
        [
            (store.id, p.sku, 0 if rng.random() < 0.015 else rng.choice((6, 40, 120, 400, 900)))
            for store in stores
            for p in goods
        ],
    )
    await seed_members(settings, demo, merchant)
    await _seed_promotions(demo, merchant)
    if demo.article:
        await _seed_lottery(settings.secret, demo, merchant)


async def _seed_promotions(demo: Demo, merchant: merchants.MerchantInfo) -> None:
    start = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    for n, (name, text, offer) in enumerate((*demo.promotions, BIRTHDAY_PERK)):
        draft = promotions.Draft(
            name=name, description=text, starts_at=start, ends_at=start + timedelta(days=30 + n), offers=(offer,)
        )
        made = await promotions.create(merchant.id, "system", None, draft, f"seed:{name}", now())
        if not isinstance(made, promotions.PromotionInfo):
            raise ValueError(f"demo promotion {name}: {made}")
        await promotions.publish(merchant.id, "system", made.id, f"seed:publish:{name}", now())
    today = local_day(now(), merchant.time_zone)
    saturday = today + timedelta(days=(5 - today.weekday()) % 7 or 7)
    evening = day_start(saturday, merchant.time_zone) + timedelta(hours=20)
    later = promotions.Draft(
        name="周末夜宵 满120减20",
        description="周六晚上八点开始。",
        starts_at=evening,
        ends_at=evening + timedelta(hours=28),
        offers=({"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 12000, "off": 2000}]},),
    )
    made = await promotions.create(merchant.id, "system", None, later, "seed:later", now())
    if isinstance(made, promotions.PromotionInfo):
        await promotions.publish(merchant.id, "system", made.id, "seed:publish:later", now())
    if demo.article:
        await _seed_mall(demo, merchant, start)
    if demo.code == "chuanwei":
        await _seed_presale(merchant, start)
    if demo.code == "xianguo":
        await _seed_level_perks(demo, merchant)
        await seed_stamps(merchant, next(p for p in demo.goods() if p.name.startswith("西瓜果切")), start)
    if demo.code == "xianguo":  # who falls silent may have a lemon for 3 yuan, who joins gets a coupon (B06)
        rules = members.LifecycleRules(silent_sku="XG0012", new_offer=True, new_off_fen=800, new_min_fen=3900)
        done = await members.lifecycle.set_rules(merchant.id, "system", rules, "seed:lifecycle", now())
        assert isinstance(done, members.lifecycle.RulesInfo), done
    for name, content, scope, hours, total, each in demo.drops:
        new = coupons.NewDrop(
            name=name,
            template=coupons.NewTemplate(
                name,
                content,
                scope,
                coupons.Validity(None, None, hours),
                times=TIMES.get(name, {}),
                full_price_only=name in FULL_PRICE,
            ),
            starts_at=start,
            ends_at=start + timedelta(days=30),
            total=total,
            per_member=each,
            publish=True,
            placements=PLACED.get(name, ("centre",)),
            audience=ASKS.get(name, coupons.Audience()),
        )
        drop = await coupons.create_drop(merchant.id, "system", new, f"seed:drop:{name}", now())
        if not isinstance(drop, coupons.DropInfo):
            raise ValueError(f"demo drop {name}: {drop}")


async def _seed_presale(merchant: merchants.MerchantInfo, start: datetime) -> None:
    """预售: deposits for four days from yesterday, the rest in the three days after (Q09)."""
    offer = {
        "type": "deposit_inflation",
        "deposit": 2000,
        "counts_as": 4000,
        "scope": {"skus": ["CW0150", "CW0151", "CW0152"]},
        "limits": {"stock": 300, "per_customer": 3},
        "presale": {
            "deposit_until": (start + timedelta(days=4)).isoformat(),
            "final_from": (start + timedelta(days=5)).isoformat(),
        },
    }
    draft = promotions.Draft(
        name="年货礼盒预售 定金20抵40",
        description="先付定金锁定礼盒，付尾款时定金翻倍。",
        starts_at=start,
        ends_at=start + timedelta(days=8),
        offers=(offer,),
    )
    made = await promotions.create(merchant.id, "system", None, draft, "seed:presale", now())
    if not isinstance(made, promotions.PromotionInfo):
        raise ValueError(f"demo pre-sale: {made}")
    await promotions.publish(merchant.id, "system", made.id, "seed:publish:presale", now())


async def _seed_level_perks(demo: Demo, merchant: merchants.MerchantInfo) -> None:
    """免费果切: gold and diamond members have a box of cut melon each month; 生日礼券: the higher the level the better (B04)."""
    melon = next(p for p in demo.goods() if p.name.startswith("西瓜果切"))
    fruit = await _template(merchant, "免费果切券", {"exchange": {"sku": melon.sku}}, 31)
    gifts = {name: await _template(merchant, name, content, 14) for name, content in BIRTHDAY_GIFTS.values()}
    default = (await members.scheme_info(merchant.id)).scheme
    levels = tuple(
        replace(
            level,
            monthly=fruit if level.id in ("gold", "diamond") else "",
            birthday=gifts[BIRTHDAY_GIFTS[level.id][0]],
        )
        for level in default.levels
    )
    scheme = replace(default, levels=levels)
    done = await automation.levels.set_scheme(merchant.id, "system", scheme, "seed:levels", now())
    if not isinstance(done, members.SchemeInfo):
        raise ValueError(f"demo levels: {done}")


async def _template(merchant: merchants.MerchantInfo, name: str, content: Mapping[str, Any], days: int) -> str:
    """The id of a template on everything, good for so many days."""
    new = coupons.NewTemplate(name, content, {"all": True}, coupons.Validity(None, None, None, days))
    made = await coupons.create_template(merchant.id, "system", new, f"seed:perk:{name}", now())
    if not isinstance(made, coupons.TemplateInfo):
        raise ValueError(f"demo template {name}: {made}")
    return str(made.id)


async def _seed_mall(demo: Demo, merchant: merchants.MerchantInfo, start: datetime) -> None:
    """A drop that gives points and an article beside its coupon (K10); the mall with its three defaults (B03); inviting (B05)."""
    article = next(p for p in demo.goods() if p.name.startswith(demo.article))
    content = {"off": {"min": 3900, "off": 500}}
    gift = coupons.NewDrop(
        name="会员日礼包 满39减5",
        template=coupons.NewTemplate(
            "会员日礼包 满39减5", content, {"all": True}, coupons.Validity(None, None, None, 7)
        ),
        starts_at=start,
        ends_at=start + timedelta(days=30),
        total=1000,
        per_member=1,
        publish=True,
        extra=coupons.NewExtra(50, article.sku, 7),
    )
    drop = await coupons.create_drop(merchant.id, "system", gift, "seed:drop:gift", now())
    if not isinstance(drop, coupons.DropInfo):
        raise ValueError(f"demo drop with a gift: {drop}")
    await referrals.set_terms(merchant.id, "system", referrals.Terms(enabled=True), "seed:referral", now())
    week = coupons.Validity(None, None, None, 30)
    five = coupons.NewTemplate("5 元券", {"off": {"min": 0, "off": 500}}, {"all": True}, week)
    twenty = coupons.NewTemplate("满20减5", {"off": {"min": 2000, "off": 500}}, {"all": True}, week)
    rows: tuple[tuple[str, int, coupons.NewTemplate | None, int, int | None], ...] = (
        (article.name[:18], 50, None, 200, 2),
        ("5 元券", 100, five, 1000, None),
        ("满20减5", 300, twenty, 500, None),
    )
    for name, points, template, stock, each in rows:
        gives = mall.Gives(sku=article.sku, days=7)
        if template is not None:
            kind = await coupons.create_template(merchant.id, "system", template, f"seed:mall:{name}", now())
            if not isinstance(kind, coupons.TemplateInfo):
                raise ValueError(f"demo template {name}: {kind}")
            gives = mall.Gives(template_id=kind.id)
        prices = (mall.Price(points * 8 // 10, ("gold", "diamond")),)
        terms = mall.Terms(name, points, stock, start, start + timedelta(days=90), each, None, prices)
        item = await mall.create_item(merchant.id, "system", terms, gives, f"seed:item:{name}", now())
        if not isinstance(item, mall.ItemInfo):
            raise ValueError(f"demo mall {name}: {item}")


async def _seed_lottery(secret: bytes, demo: Demo, merchant: merchants.MerchantInfo) -> None:
    """积分抽奖: one free draw a day, then twenty points each; what a draw gives on average is worth about what it takes (B03)."""
    article = next(p for p in demo.goods() if p.name.startswith(demo.article))
    days = coupons.Validity(None, None, None, 14)
    templates = []
    for off, least in ((300, 0), (1000, 5900)):
        name = f"抽奖{off // 100}元券"
        new = coupons.NewTemplate(name, {"off": {"min": least, "off": off}}, {"all": True}, days)
        made = await coupons.create_template(merchant.id, "system", new, f"seed:lottery:{off}", now())
        if not isinstance(made, coupons.TemplateInfo):
            raise ValueError(f"demo template {name}: {made}")
        templates.append(made.id)
    prizes = (
        lottery.NewPrize("888 积分", "points", 1_000, 20, points=888),
        lottery.NewPrize(article.name[:18], "article", 5_000, 100, sku=article.sku, days=7),
        lottery.NewPrize("满59减10券", "coupon", 20_000, 400, template_id=templates[1]),
        lottery.NewPrize("3 元券", "coupon", 24_000, 500, template_id=templates[0]),
        lottery.NewPrize("20 积分", "points", 150_000, 5_000, points=20),
        lottery.NewPrize("5 积分", "points", 300_000, 10_000, points=5),
        lottery.NewPrize("谢谢参与", "thanks", 500_000),
    )
    start = day_start(local_day(now(), merchant.time_zone), merchant.time_zone)
    new_lottery = lottery.NewLottery(
        "天天转一转", 20, start, start + timedelta(days=60), 5, "客服电话 028-6666 8888", prizes, free_per_day=1
    )
    held = await lottery.create(secret, merchant.id, "system", new_lottery, "seed:lottery", now())
    if not isinstance(held, lottery.LotteryInfo):
        raise ValueError(f"demo lottery: {held}")
