"""Every sentence that an offer or a rejection can be, word for word in both languages."""

from __future__ import annotations

import pytest

from backend import pricing
from backend.pricing.conditions import LEAVES
from backend.tests.pricing.build import Data, coupon

OFF: Data = {"type": "amount_off", "off": 5}
LIMITED: Data = {"limits": {"per_customer": 2, "per_day": 1}}
NAMES = {"x": "会员日"}


def said(data: Data) -> tuple[str, str]:
    offer = pricing.parse_coupon(data) if "content" in data else pricing.parse_offer({"id": "p", **data})
    return pricing.sentence(offer), pricing.sentence(offer, "en")


TYPES_SAID: list[tuple[Data, str, str]] = [
    ({"type": "fixed_price", "price": 990}, "一口价9.9元", "¥9.9 each"),
    ({"type": "amount_off", "off": 105}, "每件直降1.05元", "¥1.05 off each"),
    ({"type": "percent_off", "pay_bp": 8500}, "8.5折", "15% off"),
    ({"type": "percent_off", "pay_bp": 8800, "max_off": 2000}, "8.8折，每件最多减20元", "12% off, at most ¥20 a unit"),
    ({"type": "percent_off", "pay_bp": 0}, "免单", "100% off"),
    ({"type": "percent_off", "pay_bp": 9999}, "9.999折", "0.01% off"),
    (
        {"type": "spend_off", "tiers": [{"min": 10000, "off": 1000}, {"min": 20000, "off": 2550}]},
        "满100减10，满200减25.5",
        "¥10 off ¥100, ¥25.5 off ¥200",
    ),
    ({"type": "spend_off", "every": {"min": 10000, "off": 1000}}, "每满100减10", "¥10 off every ¥100"),
    (
        {"type": "spend_off", "every": {"min": 10000, "off": 1000, "max_off": 3000}},
        "每满100减10，最多减30",
        "¥10 off every ¥100, at most ¥30",
    ),
    ({"type": "spend_off", "tiers": [{"min": 0, "off": 1000}]}, "立减10元", "¥10 off"),
    (
        {"type": "spend_percent", "tiers": [{"min": 10000, "pay_bp": 9000}, {"min": 20000, "pay_bp": 8500}]},
        "满100元9折，满200元8.5折",
        "10% off from ¥100, 15% off from ¥200",
    ),
    (
        {
            "type": "spend_percent",
            "tiers": [{"count": 2, "pay_bp": 9000}, {"count": 3, "pay_bp": 8000}],
            "max_off": 5000,
        },
        "满2件9折，满3件8折，最多减50元",
        "10% off from 2 items, 20% off from 3 items, at most ¥50",
    ),
    ({"type": "nth_item", "n": 2, "pay_bp": 5000}, "第2件半价", "50% off every 2nd unit"),
    (
        {"type": "nth_item", "n": 3, "pay_bp": 0, "same_sku": True},
        "同款第3件免单",
        "100% off every 3rd unit of the same item",
    ),
    ({"type": "nth_item", "n": 1, "pay_bp": 7000}, "第1件7折", "30% off every 1st unit"),
    ({"type": "nth_item", "n": 11, "pay_bp": 7000}, "第11件7折", "30% off every 11th unit"),
    ({"type": "nth_item", "n": 22, "pay_bp": 7000}, "第22件7折", "30% off every 22nd unit"),
    ({"type": "nth_item", "n": 103, "pay_bp": 7000}, "第103件7折", "30% off every 103rd unit"),
    ({"type": "nth_item", "n": 112, "pay_bp": 7000}, "第112件7折", "30% off every 112th unit"),
    ({"type": "pick_bundle", "count": 3, "price": 9900}, "99元任选3件", "any 3 for ¥99"),
    (
        {"type": "pick_bundle", "count": 3, "price": 9900, "repeat": True},
        "99元任选3件，可重复",
        "any 3 for ¥99, repeatedly",
    ),
    (
        {"type": "combo", "items": [{"sku": "A"}, {"sku": "B", "qty": 2}], "price": 9900},
        "套餐价99元（A+B×2），限A、B",
        "set of A + B × 2 for ¥99, on A, B",
    ),
    (
        {"type": "combo", "items": [{"sku": "A"}], "price": 9900, "repeat": True},
        "套餐价99元（A），可重复，限A",
        "set of A for ¥99, repeatedly, on A",
    ),
    ({"type": "buy_get", "buy": {"count": 2}, "get": {"count": 1}}, "买2送1", "buy 2, get 1 free"),
    (
        {"type": "buy_get", "buy": {"count": 1}, "get": {"count": 1, "pay_bp": 5000}, "repeat": True},
        "买1件，另1件享5折，可重复",
        "buy 1, get 1 50% off, repeatedly",
    ),
    (
        {
            "type": "buy_get",
            "buy": {"count": 1, "scope": {"skus": ["A"]}},
            "get": {"count": 2, "scope": {"tags": ["x"]}},
        },
        "买1件A，送2件x",
        "buy 1 of A, get 2 of x free",
    ),
    (
        {
            "type": "buy_get",
            "buy": {"count": 2, "scope": {"categories": ["丸滑"], "except": {"skus": ["A"]}}},
            "get": {"count": 1, "scope": {"all": True}, "pay_bp": 5000},
            "repeat": True,
        },
        "买2件丸滑（A除外），另1件任意商品享5折，可重复",
        "buy 2 of 丸滑 except A, get 1 of any item 50% off, repeatedly",
    ),
    (
        {"type": "buy_get", "buy": {"count": 1}, "get": {"count": 1, "scope": {"skus": ["A"]}}},
        "买1件任意商品，送1件A",
        "buy 1 of any item, get 1 of A free",
    ),
    (
        {"type": "buy_get", "buy": {"count": 2, "scope": {"skus": ["A"]}}, "get": {"count": 1}},
        "A买2送1",
        "buy 2 of A, get 1 free",
    ),
    (
        {"type": "buy_get", "buy": {"count": 1, "scope": {"skus": ["A"]}}, "get": {"count": 1, "pay_bp": 8000}},
        "A买1件，另1件享8折",
        "buy 1 of A, get 1 20% off",
    ),
    (
        {
            "type": "spend_gift",
            "tiers": [
                {"min": 10000, "gifts": [{"sku": "A"}, {"sku": "B", "qty": 2}]},
                {"min": 20000, "gifts": [{"sku": "A"}, {"sku": "C"}], "choose": 1},
            ],
        },
        "满100赠A、B×2，满200赠A、C（2选1）",
        "free A + B × 2 from ¥100, free 1 of A + C from ¥200",
    ),
    ({"type": "spend_gift", "tiers": [{"count": 3, "gifts": [{"sku": "A"}]}]}, "满3件赠A", "free A from 3 items"),
    (
        {"type": "add_on", "min": 5000, "items": [{"sku": "A", "price": 100}, {"sku": "B", "price": 250}]},
        "满50加价购A仅1元、B仅2.5元",
        "from ¥50 add A for ¥1, B for ¥2.5",
    ),
    (
        {"type": "add_on", "min": 5000, "items": [{"sku": "A", "price": 100}], "choose": 2},
        "满50加价购A仅1元，限2件",
        "from ¥50 add A for ¥1, up to 2",
    ),
    ({"type": "shipping", "min": 5000, "free": True}, "满50包邮", "free shipping from ¥50"),
    ({"type": "shipping", "off": 300}, "减运费3元", "¥3 off shipping"),
    ({"type": "shipping", "min": 100, "pay_bp": 5000}, "满1运费5折", "shipping 50% off from ¥1"),
    ({"type": "shipping", "free": True}, "包邮", "free shipping"),
    ({"type": "earn_points", "per_yuan": 2}, "每消费1元返2积分", "2 points per ¥1"),
    ({"type": "earn_points", "per_yuan": 1}, "每消费1元返1积分", "1 point per ¥1"),
    ({"type": "earn_points", "times_bp": 20000}, "积分2倍", "points × 2"),
    (
        {"type": "earn_points", "per_yuan": 1, "max_points": 50},
        "每消费1元返1积分，最多返50积分",
        "1 point per ¥1, at most 50 points",
    ),
    (
        {"type": "earn_points", "times_bp": 20000, "max_points": 100},
        "积分2倍，最多多得100积分",
        "points × 2, at most 100 points more",
    ),
    ({"type": "earn_coupon", "min": 5000, "template": "t9"}, "满50返券t9一张", "a coupon t9 from ¥50"),
    ({"type": "earn_coupon", "template": "t9"}, "返券t9一张", "a coupon t9"),
    (
        {"type": "earn_coupon", "min": 5000, "template": "t9", "every": True},
        "每满50返券t9一张",
        "a coupon t9 for every ¥50",
    ),
    ({"type": "earn_red_packet", "min": 5000, "fen": 300}, "满50返3元红包", "a red packet of ¥3 from ¥50"),
    (
        {"type": "earn_red_packet", "min": 5000, "fen": 300, "every": True},
        "每满50返3元红包",
        "a red packet of ¥3 for every ¥50",
    ),
    ({"type": "earn_stamps", "min": 5000, "count": 2}, "满50集2点", "2 stamps from ¥50"),
    ({"type": "earn_stamps", "count": 3}, "集3点", "3 stamps"),
    ({"type": "earn_stamps", "count": 1}, "集1点", "1 stamp"),
    ({"type": "spend_gift", "tiers": [{"count": 1, "gifts": [{"sku": "A"}]}]}, "满1件赠A", "free A from 1 item"),
    (
        {"type": "spend_percent", "tiers": [{"count": 1, "pay_bp": 9000}, {"count": 2, "pay_bp": 8000}]},
        "满1件9折，满2件8折",
        "10% off from 1 item, 20% off from 2 items",
    ),
    (
        {"type": "deposit_inflation", "deposit": 5000, "counts_as": 10050},
        "定金50抵100.5，须已付定金",
        "a deposit of ¥50 counts as ¥100.5, where the deposit was paid",
    ),
    (coupon("c", {"off": {"min": 8800, "off": 800}}), "满88减8", "¥8 off ¥88"),
    (coupon("c", {"off": {"off": 800}}), "立减8元", "¥8 off"),
    (
        coupon("c", {"percent": {"min": 5000, "pay_bp": 8500, "max_off": 2000}}),
        "满50元8.5折，最多减20元",
        "15% off from ¥50, at most ¥20",
    ),
    (coupon("c", {"percent": {"pay_bp": 8500}}), "8.5折", "15% off"),
    (coupon("c", {"exchange": {"sku": "A"}}), "凭券免费兑换A一件", "one A free"),
    (coupon("c", {"shipping": {"min": 5000, "off": 300}}), "满50减运费3元", "¥3 off shipping from ¥50"),
    (
        coupon("c", {"shipping": {"free": True}}, expires="2026-07-01T00:00:00+08:00"),
        "包邮，2026-07-01 00:00前有效",
        "free shipping, valid until 2026-07-01 00:00",
    ),
]
COMMON_SAID: list[tuple[Data, str, str]] = [
    (
        {**OFF, "scope": {"categories": ["丸滑", "毛肚"], "brands": ["b", "a"], "tags": ["t"], "skus": ["S2", "S1"]}},
        "每件直降0.05元，限丸滑、毛肚、a、b、t、S1、S2",
        "¥0.05 off each, on 丸滑, 毛肚, a, b, t, S1, S2",
    ),
    (
        {**OFF, "scope": {"all": True, "except": {"tags": ["x", "w"]}}},
        "每件直降0.05元，限全部商品（w、x除外）",
        "¥0.05 off each, on everything except w, x",
    ),
    (
        {**OFF, "scope": {"all": True, "min_price": 100}},
        "每件直降0.05元，限全部商品，单价1元起",
        "¥0.05 off each, on everything, from ¥1 each",
    ),
    (
        {**OFF, "scope": {"all": True, "max_price": 250}},
        "每件直降0.05元，限全部商品，单价不超过2.5元",
        "¥0.05 off each, on everything, up to ¥2.5 each",
    ),
    (
        {**OFF, "scope": {"skus": ["A"], "min_price": 1, "max_price": 250, "except": {"brands": ["b"]}}},
        "每件直降0.05元，限A（b除外），单价0.01元起，单价不超过2.5元",
        "¥0.05 off each, on A except b, from ¥0.01 each, up to ¥2.5 each",
    ),
    (
        {**OFF, "limits": {"per_order": 2, "per_customer": 3, "per_day": 2, "stock": 4}},
        "每件直降0.05元，每单限2件，每人限3件，每人每天限2件，共4件",
        "¥0.05 off each, 2 units an order, 3 units a customer, 2 units a customer a day, 4 units in all",
    ),
    (
        {
            "type": "spend_off",
            "tiers": [{"min": 1, "off": 1}],
            "limits": {"per_order": 2, "per_customer": 3, "stock": 4},
        },
        "满0.01减0.01，每单限2次，每人限3次，共4次",
        "¥0.01 off ¥0.01, 2 times an order, 3 times a customer, 4 times in all",
    ),
    (
        {**OFF, "limits": {"per_order": 1, "per_customer": 1, "stock": 1}},
        "每件直降0.05元，每单限1件，每人限1件，共1件",
        "¥0.05 off each, 1 unit an order, 1 unit a customer, 1 unit in all",
    ),
    (
        {
            "type": "spend_off",
            "tiers": [{"min": 20000, "off": 3000}],
            "limits": {"per_order": 1},
            "excludes": ["member"],
        },
        "满200减30，每单一次，不与会员价同享",
        "¥30 off ¥200, once an order, not with member prices",
    ),
    (
        {"type": "shipping", "free": True, "limits": {"per_day": 1, "stock": 1}},
        "包邮，每人每天一次，共1次",
        "free shipping, once a customer a day, once in all",
    ),
    (
        {**OFF, "excludes": ["order", "coupon", "gift", "add_on", "shipping", "line", "x-1"]},
        "每件直降0.05元，不与加价购、优惠券、满赠、单品优惠、订单优惠、运费优惠、x-1同享",
        "¥0.05 off each, not with add-ons, coupons, gifts, item offers, order offers, shipping offers, x-1",
    ),
    (
        {**OFF, "exclusive": "line"},
        "每件直降0.05元，参加商品不享其他优惠",
        "¥0.05 off each, no other offer on the same goods",
    ),
    (
        {**OFF, "exclusive": "cart"},
        "每件直降0.05元，不与其他优惠同享",
        "¥0.05 off each, no other offer in the same order",
    ),
    (
        {**OFF, "no_tender": ["points", "balance", "red_packet"]},
        "每件直降0.05元，不可用余额、积分、红包",
        "¥0.05 off each, cannot be paid with balance, points, red packets",
    ),
    ({**OFF, "when": {"customer": ["new"]}}, "每件直降0.05元，限新客", "¥0.05 off each, for new customers"),
    (
        {**OFF, "when": {"customer": ["returning", "new"]}},
        "每件直降0.05元，限新客、老客",
        "¥0.05 off each, for new customers, returning customers",
    ),
    (
        {**OFF, "when": {"channel": ["pos", "app"]}},
        "每件直降0.05元，限App、门店收银下单",
        "¥0.05 off each, in the app, the till",
    ),
    ({**OFF, "when": {"channel": ["tv"]}}, "每件直降0.05元，限tv下单", "¥0.05 off each, in tv"),
    ({**OFF, "when": {"store": ["春熙"]}}, "每件直降0.05元，限门店「春熙」", "¥0.05 off each, at 春熙"),
    ({**OFF, "when": {"region": ["四川"]}}, "每件直降0.05元，限四川地区", "¥0.05 off each, in 四川"),
    ({**OFF, "when": {"level": ["gold"]}}, "每件直降0.05元，限金卡会员", "¥0.05 off each, for gold members"),
    ({**OFF, "when": {"tag": ["vip"]}}, "每件直降0.05元，限「vip」人群", "¥0.05 off each, for customers tagged vip"),
    ({**OFF, "when": {"payment": ["wechat"]}}, "每件直降0.05元，限微信支付", "¥0.05 off each, paid with WeChat Pay"),
    ({**OFF, "when": {"delivery": ["pickup"]}}, "每件直降0.05元，限自提", "¥0.05 off each, for pickup"),
    ({**OFF, "when": {"order_number": {"min": 2}}}, "每件直降0.05元，第2单起", "¥0.05 off each, from order 2 on"),
    ({**OFF, "when": {"order_number": {"min": 2, "max": 2}}}, "每件直降0.05元，第2单", "¥0.05 off each, on order 2"),
    ({**OFF, "when": {"order_number": {"max": 3}}}, "每件直降0.05元，第1至3单", "¥0.05 off each, on orders 1 to 3"),
    (
        {**OFF, "when": {"customer_id": ["mem-1", "mem-2"]}},
        "每件直降0.05元，限指定顾客",
        "¥0.05 off each, for chosen customers",
    ),
    (
        {**OFF, "when": {"day_of_month": [18, 8, 28]}},
        "每件直降0.05元，每月8日、18日、28日",
        "¥0.05 off each, on day 8, 18, 28 of the month",
    ),
    (
        {**OFF, "when": {"day_of_month": [1, 2, 3, 15]}},
        "每件直降0.05元，每月1日至3日、15日",
        "¥0.05 off each, on day 1–3, 15 of the month",
    ),
    (
        {**OFF, "when": {"weekday": [7, 1, 2, 3, 4, 5, 6]}},
        "每件直降0.05元，周一至周日",
        "¥0.05 off each, Mon–Sun",
    ),
    (
        {**OFF, "when": {"weekday": [6, 7, 1, 2, 4]}},
        "每件直降0.05元，周一、周二、周四、周六、周日",
        "¥0.05 off each, Mon, Tue, Thu, Sat, Sun",
    ),
    ({**OFF, "when": {"hours": ["08:05", "22:30"]}}, "每件直降0.05元，08:05–22:30", "¥0.05 off each, 08:05–22:30"),
    (
        {**OFF, "when": {"hours": ["22:00", "02:00"]}},
        "每件直降0.05元，22:00–次日02:00",
        "¥0.05 off each, 22:00–next day 02:00",
    ),
    (
        {**OFF, "when": {"from": "2026-06-01T08:30:00+08:00"}},
        "每件直降0.05元，2026-06-01 08:30起",
        "¥0.05 off each, from 2026-06-01 08:30",
    ),
    (
        {**OFF, "when": {"until": "2026-06-30T23:59:00+08:00"}},
        "每件直降0.05元，2026-06-30 23:59前",
        "¥0.05 off each, until 2026-06-30 23:59",
    ),
    (
        {**OFF, "when": {"min_amount": {"fen": 5050}}},
        "每件直降0.05元，购物满50.5元",
        "¥0.05 off each, a cart from ¥50.5",
    ),
    ({**OFF, "when": {"min_count": {"count": 3}}}, "每件直降0.05元，购物满3件", "¥0.05 off each, a cart from 3 units"),
    (
        {**OFF, "when": {"min_count": {"scope": {"categories": ["丸滑"]}, "count": 1}}},
        "每件直降0.05元，丸滑满1件",
        "¥0.05 off each, a cart from 1 unit of 丸滑",
    ),
    (
        {**OFF, "when": {"any": [{"channel": ["pos"]}, {"level": ["gold"], "tag": ["vip"]}]}},
        "每件直降0.05元，限门店收银下单或金卡会员且「vip」人群",
        "¥0.05 off each, in the till or for gold members and for customers tagged vip",
    ),
    (
        {**OFF, "when": {"not": {"channel": ["pos"]}}},
        "每件直降0.05元，门店收银下单除外",
        "¥0.05 off each, not in the till",
    ),
]
REASONS_SAID: list[tuple[str, Data, str, str]] = [
    ("SCOPE", {}, "购物车中没有适用商品", "nothing in the cart is covered"),
    ("EXPIRED", {}, "已结束", "it has ended"),
    ("NOT_YET", {"at": "2026-07-01T08:30:00+08:00"}, "2026-07-01 08:30 开始", "it starts at 2026-07-01 08:30"),
    ("SOLD_OUT", {}, "已抢光", "it is sold out"),
    ("LIMIT", {"which": "per_order"}, "已达限用次数", "its limit is used up"),
    ("LIMIT", {"which": "per_customer"}, "您已用完（每人限2件）", "you have used it up (2 units a customer)"),
    (
        "LIMIT",
        {"which": "per_day", "resets_at": "2026-07-01T00:00:00+08:00"},
        "您今天已用完（每人每天限1件），2026-07-01 00:00起可再享受",
        "you have used it up for today (1 unit a customer a day); again from 2026-07-01 00:00",
    ),
    ("LIMIT", {"which": "max_coupons"}, "这一单用不了更多优惠券", "this order cannot take another coupon"),
    ("BUDGET", {}, "活动预算已用完", "its budget is used up"),
    ("WHEN", {"leaf": "store"}, "不满足使用条件", "its condition is not met"),
    ("THRESHOLD", {}, "未达到门槛", "its threshold is not reached"),
    ("THRESHOLD", {"short_by_fen": 505}, "还差¥5.05", "¥5.05 short"),
    ("THRESHOLD", {"short_by_count": 1}, "还差1件", "1 unit short"),
    ("THRESHOLD", {"short_by_count": 2}, "还差2件", "2 units short"),
    ("EXCLUDED", {}, "不能与已享的优惠同享", "it cannot be combined with another offer"),
    ("EXCLUDED", {"by": "x"}, "不能与「会员日」同享", "it cannot be combined with “会员日”"),
    ("EXCLUDED", {"by": "y"}, "不能与「y」同享", "it cannot be combined with “y”"),
    ("NO_EFFECT", {}, "对当前购物车没有优惠", "it would take nothing off"),
    ("NOT_BETTER", {}, "已用其他优惠组合", "another combination is used"),
    ("NOT_BETTER", {"by_fen": 0}, "已用同样优惠的组合", "another combination costs the same"),
    ("NOT_BETTER", {"by_fen": -5}, "没有选用（用它可再省¥0.05）", "not chosen; it would save ¥0.05 more"),
    ("NOT_BETTER", {"by_fen": 105}, "已用更优惠的组合（再省¥1.05）", "another combination saves ¥1.05 more"),
]
LACKING: list[tuple[Data, str, str, str]] = [
    ({"channel": ["miniapp"]}, "channel", "仅小程序下单可用", "only in the mini-program"),
    ({"store": ["春熙"]}, "store", "仅门店「春熙」可用", "only at 春熙"),
    ({"region": ["四川/成都"]}, "region", "仅四川/成都地区可用", "only in 四川/成都"),
    ({"level": ["gold", "diamond"]}, "level", "仅钻卡会员、金卡会员可用", "only for diamond members, gold members"),
    ({"customer": ["new"]}, "customer", "仅新客可用", "only for new customers"),
    ({"tag": ["vip"]}, "tag", "仅「vip」人群可用", "only for customers tagged vip"),
    ({"payment": ["wechat"]}, "payment", "仅微信支付可用", "only paid with WeChat Pay"),
    ({"delivery": ["pickup"]}, "delivery", "仅自提可用", "only for pickup"),
    ({"order_number": {"max": 1}}, "order_number", "仅第1单可用", "only on order 1"),
    ({"weekday": [1, 2, 3, 4, 5]}, "weekday", "仅周一至周五可用", "only Mon–Fri"),
    ({"day_of_month": [8]}, "day_of_month", "仅每月8日可用", "only on day 8 of the month"),
    ({"customer_id": ["x"]}, "customer_id", "仅指定顾客可用", "only for chosen customers"),
    ({"hours": ["18:00", "22:00"]}, "hours", "仅18:00–22:00可用", "only 18:00–22:00"),
    ({"min_amount": {"fen": 5050}}, "min_amount", "购物需满50.5元", "it needs a cart from ¥50.5"),
    (
        {"min_amount": {"fen": 5000, "scope": {"categories": ["丸滑"]}}},
        "min_amount",
        "丸滑需满50元",
        "it needs a cart from ¥50 of 丸滑",
    ),
    (
        {"min_count": {"count": 2, "scope": {"skus": ["A"]}}},
        "min_count",
        "A需满2件",
        "it needs a cart from 2 units of A",
    ),
    ({"not": {"channel": ["pos"]}}, "not", "门店收银下单不可用", "not in the till"),
    (
        {"hours": ["22:00", "02:00"], "any": [{"level": ["gold"]}, {"from": "2026-06-01T08:30:00+08:00"}]},
        "level",
        "仅金卡会员或2026-06-01 08:30起可用",
        "only for gold members or from 2026-06-01 08:30",
    ),
    (
        {"all": [{"tag": ["a"]}, {"tag": ["b"]}]},
        "tag",
        "仅「a」人群可用，仅「b」人群可用",
        "only for customers tagged a, only for customers tagged b",
    ),
]


@pytest.mark.parametrize(("data", "zh", "en"), [*TYPES_SAID, *COMMON_SAID])
def test_an_offer_is_one_sentence(data: Data, zh: str, en: str) -> None:
    """P15: what it does, on what, when, how often, with whom, from the data alone."""
    assert said(data) == (zh, en)


@pytest.mark.parametrize(("reason", "figures", "zh", "en"), REASONS_SAID)
def test_a_rejection_is_one_sentence(reason: str, figures: Data, zh: str, en: str) -> None:
    """K03 spree#14569 shopware#17269: never "not applied" without a reason."""
    rejection = pricing.Rejection(pricing.parse_offer({"id": "p", **OFF, **LIMITED}), reason, figures)
    assert pricing.rejection_sentence(rejection, names=NAMES) == zh
    assert pricing.rejection_sentence(rejection, "en", NAMES) == en


@pytest.mark.parametrize(("when", "leaf", "zh", "en"), LACKING)
def test_a_condition_that_does_not_hold_is_said_in_words(when: Data, leaf: str, zh: str, en: str) -> None:
    """K03 Q06: WHEN says what the cart or the customer lacks, from the offer's own condition."""
    rejection = pricing.Rejection(pricing.parse_offer({"id": "p", **OFF, "when": when}), "WHEN", {"leaf": leaf})
    assert pricing.rejection_sentence(rejection) == zh
    assert pricing.rejection_sentence(rejection, "en") == en


def test_every_leaf_is_said_in_words() -> None:
    """Q06: no leaf is left to its raw name; what a coupon's end is called."""
    assert set(LEAVES) <= {leaf for _, leaf, _, _ in LACKING} | {"from", "until"}
    gone = pricing.Rejection(pricing.parse_coupon(coupon("c", {"off": {"off": 1}})), "EXPIRED", {})
    assert pricing.rejection_sentence(gone) == "已过期"


def test_every_type_is_said_and_has_a_name() -> None:
    """P15: the table above leaves none out and the name is the type's."""
    listed = {data.get("type", "coupon") for data, _, _ in TYPES_SAID}
    assert listed == pricing.TYPES.keys()
    offer = pricing.parse_offer({"id": "p", **OFF})
    assert (pricing.type_name(offer), pricing.type_name(offer, "en")) == ("直降", "amount off")
