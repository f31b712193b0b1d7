"""Tables of this slice alone: what can be had for points, and what was."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class MallItem(Row):
    """积分商城 item. `kind`: coupon (a template), article (one unit of `sku`, by a coupon for it), balance (`balance_fen`), points
    (`gives_points`, for growth alone). `unit` is what it costs: points, growth or stamps; `points` how many of them.
    `exchanged` never exceeds `stock`; the item's row is the lock of its exchanges. `prices` are lower prices for levels and times
    (JSON, `rules.Price`). What an item gives never changes; all else may, until it is stopped."""

    name = fields.CharField(80)
    kind = fields.CharField(10)
    template_id = fields.UUIDField(null=True)
    sku = fields.CharField(40, null=True)
    balance_fen = fields.BigIntField(null=True)
    gives_points = fields.IntField(null=True)
    unit = fields.CharField(8, db_default="points")
    points = fields.IntField()
    prices = fields.JSONField(db_default=[])
    stock = fields.IntField()
    exchanged = fields.IntField(db_default=0)
    per_member = fields.IntField(null=True)
    per_day = fields.IntField(null=True)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    state = fields.CharField(8)
    created_at = fields.DatetimeField()

    class Meta:
        table = "mall_items"
        indexes = (("merchant_id", "state", "ends_at"),)


class MallExchange(Row):
    """兑换: points (or growth, or stamps: `unit`) for an item, once. `day` is of the merchant's calendar; `points` what was paid, `item_name` what it was called.
    Voided ones give place, limit and points back."""

    item_id = fields.UUIDField()
    member_id = fields.UUIDField()
    item_name = fields.CharField(80)
    unit = fields.CharField(8, db_default="points")
    points = fields.IntField()
    gives_points = fields.IntField(null=True)
    balance_fen = fields.BigIntField(null=True)
    coupon_id = fields.UUIDField(null=True)
    day = fields.DateField()
    state = fields.CharField(8)
    at = fields.DatetimeField()
    voided_at = fields.DatetimeField(null=True)
    voided_by = fields.CharField(60, null=True)
    void_reason = fields.CharField(200, null=True)

    class Meta:
        table = "mall_exchanges"
        indexes = (("merchant_id", "member_id", "id"), ("merchant_id", "item_id", "member_id"))
