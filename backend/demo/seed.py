"""Demo merchants: made through the product's own use cases, the same at every run, safe to run again."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from backend import catalog, coupons, ledger, lottery, mall, members, merchants, promotions, referrals
from backend.connectors.standin import PERSONAS
from backend.demo.goods import daily_goods, frozen_goods, fruit_goods
from backend.demo.stamps import seed_stamps
from backend.kit import database
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


@dataclass(frozen=True, slots=True)
class Demo:
    code: str
    name: str
    goods: Callable[[], list[catalog.NewProduct]]
    stores: tuple[tuple[str, str], ...]  # (unit path, store name)
    members: int
    promotions: tuple[tuple[str, str, dict[str, Any]], ...]
    drops: tuple[
        tuple[str, dict[str, Any], dict[str, Any], int, int, int], ...
    ]  # name, content, scope, hours, total, per member
    article: str = ""  # what 50 points are exchanged for in the mall: the beginning of its name


CHUANWEI = Demo(
    "chuanwei",
    "川味冻品",
    frozen_goods,
    tuple(
        ("四川/" + path if not path.startswith("重庆") else path, name)
        for path, name in (
            ("成都/春熙路", "春熙路旗舰店"),
            ("成都/宽窄巷子", "宽窄巷子店"),
            ("成都/建设路", "建设路店"),
            ("成都/玉林", "玉林社区店"),
            ("成都/天府三街", "天府三街店"),
            ("成都/犀浦", "犀浦大学城店"),
            ("成都/龙泉驿", "龙泉驿店"),
            ("成都/双流", "双流店"),
            ("绵阳/涪城", "绵阳涪城店"),
            ("绵阳/科创园", "绵阳科创园店"),
            ("德阳/旌阳", "德阳旌阳店"),
            ("乐山/嘉州", "乐山嘉州店"),
            ("自贡/自流井", "自贡自流井店"),
            ("自贡/汇东", "自贡汇东店"),
            ("宜宾/翠屏", "宜宾翠屏店"),
            ("泸州/江阳", "泸州江阳店"),
            ("内江/东兴", "内江东兴店"),
            ("南充/顺庆", "南充顺庆店"),
            ("南充/高坪", "南充高坪店"),
            ("达州/通川", "达州通川店"),
            ("重庆/解放碑", "重庆解放碑店"),
            ("重庆/观音桥", "重庆观音桥店"),
            ("重庆/沙坪坝", "重庆沙坪坝店"),
            ("重庆/南坪", "重庆南坪店"),
        )
    ),
    600,
    (
        (
            "火锅节 满200减30",
            "天冷了，约一锅。火锅食材满额立减。",
            {
                "type": "spend_off",
                "scope": {"tags": ["火锅"]},
                "tiers": [{"min": 10000, "off": 1200}, {"min": 20000, "off": 3000}, {"min": 30000, "off": 5000}],
                "bearing": [{"who": "sku_supplier", "bp": 4000}, {"who": "merchant", "bp": 6000}],
            },
        ),
        (
            "小酥肉炸货 8.5折",
            "空气炸锅 12 分钟，外酥里嫩。",
            {
                "type": "percent_off",
                "scope": {"categories": ["小酥肉"]},
                "pay_bp": 8500,
                "bearing": [{"who": "sku_supplier", "bp": 5000}, {"who": "merchant", "bp": 5000}],
            },
        ),
        (
            "招牌毛肚 一口价",
            "鲜切毛肚 200g，每人限 2 份。",
            {
                "type": "fixed_price",
                "scope": {"skus": ["CW0021"]},
                "price": 2990,
                "limits": {"per_customer": 2, "stock": 500},
            },
        ),
        (
            "抄手直降 3 元",
            "早餐来一碗。",
            {"type": "amount_off", "scope": {"categories": ["抄手面点/抄手"]}, "off": 300},
        ),
        (
            "川味预制 满99打9折",
            "下班 10 分钟开饭。",
            {
                "type": "spend_percent",
                "scope": {"categories": ["川味预制"]},
                "tiers": [{"min": 9900, "pay_bp": 9000}],
                "max_off": 5000,
            },
        ),
        ("会员积分 1元1分", "付款完成即得积分。", {"type": "earn_points", "per_yuan": 1}),
    ),
    (
        ("公众号粉丝券 满49减8", {"off": {"min": 4900, "off": 800}}, {"all": True}, 72, 3000, 1),
        ("新人见面礼 满59减10", {"off": {"min": 5900, "off": 1000}}, {"all": True}, 72, 20000, 1),
        ("火锅专享券 满128减20", {"off": {"min": 12800, "off": 2000}}, {"tags": ["火锅"]}, 168, 5000, 1),
        ("全场 9 折券", {"percent": {"min": 8800, "pay_bp": 9000, "max_off": 3000}}, {"all": True}, 48, 2000, 1),
        ("早餐抄手券 无门槛 3 元", {"off": {"min": 0, "off": 300}}, {"categories": ["抄手面点"]}, 24, 800, 2),
        ("进店有礼 5 元券", {"off": {"min": 3900, "off": 500}}, {"all": True}, 48, 3000, 1),
        ("限量 66 元大额券", {"off": {"min": 29900, "off": 6600}}, {"all": True}, 24, 30, 1),
    ),
    article="冻豆腐",
)
WUHAN = Demo(
    "wuhan",
    "武汉门店",
    daily_goods,
    (
        ("武汉/江汉路", "江汉路店"),
        ("武汉/光谷", "光谷店"),
        ("武汉/楚河汉街", "楚河汉街店"),
        ("武汉/户部巷", "户部巷店"),
        ("武汉/街道口", "街道口店"),
        ("武汉/王家湾", "王家湾店"),
    ),
    200,
    (
        (
            "早餐 满15减3",
            "热干面配豆浆。",
            {"type": "spend_off", "scope": {"tags": ["早餐"]}, "every": {"min": 1500, "off": 300, "max_off": 900}},
        ),
        ("夜宵卤味 8折", "鸭脖配啤酒。", {"type": "percent_off", "scope": {"tags": ["夜宵"]}, "pay_bp": 8000}),
        ("会员积分 1元1分", "付款完成即得积分。", {"type": "earn_points", "per_yuan": 1}),
    ),
    (
        ("引流券 满30减6", {"off": {"min": 3000, "off": 600}}, {"all": True}, 72, 5000, 1),
        ("咖啡 5 元券", {"off": {"min": 1200, "off": 500}}, {"categories": ["饮品"]}, 48, 1000, 1),
        ("原价券 满20减4", {"off": {"min": 2000, "off": 400}}, {"all": True}, 72, 1000, 1),
    ),
)
XIANGUO = Demo(
    "xianguo",
    "鲜果社区店",
    fruit_goods,
    (
        ("四川/成都/金牛", "金牛社区店"),
        ("四川/成都/高新", "高新社区店"),
        ("四川/成都/武侯", "武侯社区店"),
        ("四川/成都/成华", "成华社区店"),
    ),
    200,
    (
        (
            "周末家庭装 满60减8",
            "周末一家人的水果。",
            {
                "type": "spend_off",
                "scope": {"all": True},
                "tiers": [{"min": 6000, "off": 800}, {"min": 10000, "off": 1800}],
                "when": {"weekday": [6, 7]},
            },
        ),
        ("果切 第二波 9折", "现切现卖。", {"type": "percent_off", "scope": {"categories": ["果切"]}, "pay_bp": 9000}),
        (
            "会员日 活跃会员 95 折",
            "每周三，最近常来的会员专享。",
            {
                "type": "percent_off",
                "scope": {"all": True},
                "pay_bp": 9500,
                "when": {"weekday": [3], "tag": ["lifecycle_active"]},
            },
        ),
        (
            "满 100 元双倍积分",
            "整单原价满 100 元，积分翻倍。",
            {"type": "earn_points", "times_bp": 20000, "when": {"min_amount": {"fen": 10000}}},
        ),
        (
            "金卡 1.5 倍积分",
            "金卡、钻卡会员积分加速，可与满额双倍叠加。",
            {"type": "earn_points", "times_bp": 15000, "when": {"level": ["gold", "diamond"]}},
        ),
        (
            "柑橘 会员价",
            "金卡、钻卡会员专享。",
            {
                "type": "percent_off",
                "scope": {"categories": ["应季水果/柑橘"]},
                "pay_bp": 8800,
                "when": {"level": ["gold", "diamond"]},
            },
        ),
        (
            "家庭装 钻卡 85 折",
            "钻卡会员的家庭装专享折扣。",
            {
                "type": "percent_off",
                "scope": {"tags": ["家庭"]},
                "pay_bp": 8500,
                "when": {"level": ["diamond"]},
            },
        ),
        ("会员积分 1元1分", "付款完成即得积分。", {"type": "earn_points", "per_yuan": 1}),
    ),
    (
        ("5 元现金券", {"off": {"min": 2500, "off": 500}}, {"all": True}, 72, 3000, 1),
        ("葡萄专享 8 元券", {"off": {"min": 4000, "off": 800}}, {"categories": ["应季水果/葡萄提子"]}, 48, 500, 1),
        ("满30 3元换购柠檬", {"exchange": {"sku": "XG0012", "price": 300, "min": 3000}}, {"all": True}, 72, 500, 1),
        ("果冻橙免费试用", {"trial": {"sku": "XG0010"}}, {"all": True}, 48, 50, 1),
        (
            "苹果香梨套餐券",
            {"bundle": {"items": [{"sku": "XG0006", "qty": 1}, {"sku": "XG0007", "qty": 1}], "price": 2990}},
            {"all": True},
            72,
            500,
            1,
        ),
        ("周末家庭装券 满80减12", {"off": {"min": 8000, "off": 1200}}, {"all": True}, 168, 800, 1),
        ("满60多得100积分", {"points": {"min": 6000, "count": 100}}, {"all": True}, 72, 500, 1),
    ),
    article="双流冬草莓",
)
DEMOS = (CHUANWEI, WUHAN, XIANGUO)

PLACED: dict[str, tuple[str, ...]] = {
    "公众号粉丝券 满49减8": ("centre", "home"),
    "新人见面礼 满59减10": ("centre", "home"),
    "火锅专享券 满128减20": ("centre", "home", "product"),
    "早餐抄手券 无门槛 3 元": ("centre", "home", "product"),
    "全场 9 折券": ("centre", "product", "cart"),
    "进店有礼 5 元券": ("popup", "home"),
    "引流券 满30减6": ("centre", "home", "popup"),
    "咖啡 5 元券": ("centre", "product"),
    "5 元现金券": ("centre", "home", "popup"),
    "葡萄专享 8 元券": ("centre", "product"),
}
"""Where demo drops are shown beside the coupon centre (K02)."""

ASKS = {
    "公众号粉丝券 满49减8": coupons.Audience(follows=True),
    "新人见面礼 满59减10": coupons.Audience(customer="new"),
}
"""What demo drops ask of who claims (K02)."""

TIMES = {"周末家庭装券 满80减12": {"weekday": [6, 7]}}
"""Weekdays on which demo coupons may be used (K06)."""

FULL_PRICE = ("原价券 满20减4",)
"""Demo coupons for goods that no promotion takes (K01)."""

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
GIVEN = (
    "秀英",
    "建国",
    "丽",
    "强",
    "敏",
    "磊",
    "静",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀兰",
    "霞",
    "平",
    "刚",
    "桂芳",
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
    await _seed_members(settings, demo, merchant)
    await _seed_promotions(demo, merchant)
    if demo.article:
        await _seed_lottery(settings.secret, demo, merchant)


async def _seed_members(settings: Settings, demo: Demo, merchant: merchants.MerchantInfo) -> None:
    rng = random.Random(f"members:{demo.code}")
    stores, today = await merchants.stores(merchant.id), local_day(now(), merchant.time_zone)
    fixed = ("gold", "basic", "silver", "basic", "basic")
    cities = ("成都", "重庆", "自贡", "南充", "绵阳")
    rows = []
    for n, (openid, label) in enumerate(PERSONAS[:5]):  # the sixth persona is nobody yet: a new customer
        home = next((s for s in stores if s.city == cities[n] or s.region_path.startswith(cities[n])), stores[0])
        rows.append(
            members.NewMember(
                openid,
                label.split(" · ")[0].removeprefix("今天生日的"),
                fixed[n],
                datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n),
                f"1380000{n:04d}",
                None
                if n == 3
                else today.replace(year=1992)
                if n == 4
                else date(1988, 5, 5 + n),  # 南充小李 has not told it
                members.DIALECT_OF_CITY.get(cities[n], "zh"),
                None if n == 3 else home.id,
                ("学生",) if n == 2 else (),
            )
        )
    for n in range(demo.members):
        home = rng.choice(stores)
        birthday = date(rng.randint(1960, 2004), rng.randint(1, 12), rng.randint(1, 28))
        city = home.region_path.split("/")[0] if home.region_path.startswith("重庆") else home.city
        rows.append(
            members.NewMember(
                f"o_shopper_{demo.code}_{n:05d}",
                rng.choice(SURNAMES) + rng.choice(GIVEN),
                rng.choices(("basic", "silver", "gold", "diamond"), (60, 25, 12, 3))[0],
                datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=rng.randint(0, 15000)),
                f"13{rng.randint(100000000, 999999999)}",
                birthday,
                members.DIALECT_OF_CITY.get(city, "zh"),
                home.id,
            )
        )
    await members.add_many(settings.secret, merchant.id, rows)
    await merchants.set_points_policy(merchant.id, {"kind": "rolling", "months": 12})
    await _seed_growth(merchant, rows)
    async with database.transaction() as tx:
        for n, (openid, _) in enumerate(PERSONAS[:5]):
            await ledger.transfer(
                tx,
                merchant.id,
                debit=ledger.merchant_book(merchant.id),
                credit=ledger.member(members.member_id_of(merchant.id, openid)),
                unit="points",
                amount=500 + 100 * n,
                kind="welcome",
                business_key=f"welcome:{openid}",
                at=now(),
                memo={"text": f"开户礼，得 {500 + 100 * n} 积分"},
            )
        # 陈婆婆 has a red packet to pay with
        await ledger.packets.give(
            tx,
            merchant.id,
            members.member_id_of(merchant.id, PERSONAS[0][0]),
            600,
            ledger.PacketTerms(4900, ledger.days_later(now(), 30, merchant.time_zone)),
            kind="grant",
            business_key=f"welcome:packet:{PERSONAS[0][0]}",
            at=now(),
            memo={"reason": "开户礼"},
        )


GROWTH = {"silver": (60, 480), "gold": (520, 1900), "diamond": (2050, 6000)}
"""What demo members of a level have, so that cards show a way that was gone."""


async def _seed_growth(merchant: merchants.MerchantInfo, rows: Sequence[members.NewMember]) -> None:
    rng = random.Random(f"growth:{merchant.code}")
    for row in [r for r in rows if r.level in GROWTH][:120]:
        person, amount = members.member_id_of(merchant.id, row.openid), rng.randint(*GROWTH[row.level])
        done = await members.levels.adjust(
            merchant.id, "system", person, amount, "历史消费补录", f"seed:{row.openid}", now()
        )
        if not isinstance(done, members.Ladder):
            raise ValueError(f"demo growth of {row.openid}: {done}")


BIRTHDAY_PERK = (
    "生日当月 9 折",
    "会员生日当月专享，银卡及以上。",
    {
        "type": "percent_off",
        "scope": {"all": True},
        "pay_bp": 9000,
        "when": {"tag": ["birthday_month"], "level": ["silver", "gold", "diamond"]},
    },
)
"""Perks that come off a price are offers: the level is their condition (B04)."""


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
        await _seed_fruit_perk(demo, merchant)
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


async def _seed_fruit_perk(demo: Demo, merchant: merchants.MerchantInfo) -> None:
    """免费果切: gold and diamond members have a box of cut melon each month (B04)."""
    melon = next(p for p in demo.goods() if p.name.startswith("西瓜果切"))
    month = coupons.Validity(None, None, None, 31)
    new = coupons.NewTemplate("免费果切券", {"exchange": {"sku": melon.sku}}, {"all": True}, month)
    made = await coupons.create_template(merchant.id, "system", new, "seed:fruit-perk", now())
    if not isinstance(made, coupons.TemplateInfo):
        raise ValueError(f"demo fruit perk: {made}")
    default = (await members.scheme_info(merchant.id)).scheme
    levels = tuple(
        replace(level, monthly=str(made.id)) if level.id in ("gold", "diamond") else level for level in default.levels
    )
    done = await members.levels.set_scheme(merchant.id, "system", replace(default, levels=levels), "seed:levels", now())
    if not isinstance(done, members.SchemeInfo):
        raise ValueError(f"demo levels: {done}")


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
