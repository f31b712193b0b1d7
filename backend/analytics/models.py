"""Tables of this slice alone: rollups that the dashboard reads. Each is a sum over events, absorbed once. Refunds count on the day they are made;
what was sold that day stays as it was."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class SalesRollup(Row):
    """By store and five minutes (bucket start, UTC). Money in fen."""

    day = fields.DateField()
    bucket = fields.DatetimeField()
    store_id = fields.UUIDField()
    orders = fields.BigIntField(default=0)
    revenue_fen = fields.BigIntField(default=0)
    discount_fen = fields.BigIntField(default=0)
    units = fields.BigIntField(default=0)
    promoted_units = fields.BigIntField(default=0)
    coupons_claimed = fields.BigIntField(default=0)
    coupons_redeemed = fields.BigIntField(default=0)
    refunds = fields.BigIntField(db_default=0)
    refunded_fen = fields.BigIntField(db_default=0)

    class Meta:
        table = "sales_rollups"
        unique_together = (("merchant_id", "day", "bucket", "store_id"),)


class OfferRollup(Row):
    day = fields.DateField()
    store_id = fields.UUIDField()
    offer_id = fields.CharField(64)
    orders = fields.BigIntField(default=0)
    discount_fen = fields.BigIntField(default=0)
    reversed_fen = fields.BigIntField(db_default=0)

    class Meta:
        table = "offer_rollups"
        unique_together = (("merchant_id", "offer_id", "day", "store_id"),)
        indexes = (("merchant_id", "day"),)


class SkuRollup(Row):
    day = fields.DateField()
    store_id = fields.UUIDField()
    sku = fields.CharField(40)
    units = fields.BigIntField(default=0)
    revenue_fen = fields.BigIntField(default=0)
    refunded_units = fields.BigIntField(db_default=0)
    refunded_fen = fields.BigIntField(db_default=0)

    class Meta:
        table = "sku_rollups"
        unique_together = (("merchant_id", "day", "store_id", "sku"),)
