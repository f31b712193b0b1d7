"""What each demo merchant is: its stores, promotions and coupons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from backend import catalog, coupons
from backend.demo.goods import daily_goods, frozen_goods, fruit_goods


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

SMALL_GIFT: tuple[str, Mapping[str, Any]] = ("会员生日礼", {"off": {"min": 5900, "off": 1000}})
BIRTHDAY_GIFTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "basic": SMALL_GIFT,
    "silver": SMALL_GIFT,
    "gold": ("金卡生日礼", {"off": {"min": 5900, "off": 2000}}),
    "diamond": ("钻卡生日礼", {"off": {"min": 0, "off": 2500}}),
}
"""What a birthday brings in the fruit shop, by level (B04); in the other shops everybody gets the same."""
