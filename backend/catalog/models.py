"""Tables of this slice alone: products and stock by store."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Product(Row):
    """A sellable SKU. Money in fen (minor units of the merchant's currency)."""

    sku = fields.CharField(40)
    name = fields.CharField(120)
    category = fields.CharField(120)
    brand = fields.CharField(60, default="")
    supplier = fields.CharField(60, default="")
    tags = fields.JSONField(default=list)
    unit = fields.CharField(20, default="袋")
    emoji = fields.CharField(16, default="🛒")
    image_hue = fields.IntField(default=12)
    list_fen = fields.BigIntField()
    cost_fen = fields.BigIntField(default=0)
    floor_fen = fields.BigIntField(default=0)
    active = fields.BooleanField(default=True)

    class Meta:
        table = "products"
        unique_together = (("merchant_id", "sku"),)
        indexes = (("merchant_id", "category"),)


class Stock(Row):
    """O3: on_hand + reserved + sold − returned = received, for every SKU and store."""

    store_id = fields.UUIDField()
    sku = fields.CharField(40)
    on_hand = fields.BigIntField(default=0)
    reserved = fields.BigIntField(default=0)
    sold = fields.BigIntField(default=0)
    returned = fields.BigIntField(default=0)
    received = fields.BigIntField(default=0)

    class Meta:
        table = "stock"
        unique_together = (("merchant_id", "store_id", "sku"),)


class StockReceipt(Row):
    """到货与盘点: units that came to a shelf after it was opened, or, below zero, were found missing; append-only."""

    store_id = fields.UUIDField()
    sku = fields.CharField(40)
    units = fields.BigIntField()
    reason = fields.CharField(100)
    actor = fields.CharField(80)
    at = fields.DatetimeField()

    class Meta:
        table = "stock_receipts"
        indexes = (("merchant_id", "store_id", "sku"),)
