"""Tables of this slice alone: orders with their frozen quote."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Order(Row):
    """`quote` is the frozen answer, `request` what was asked (cart, customer, coupons, moment), so that the
    price can be computed again for ever (O1). Imported past orders have neither."""

    number = fields.CharField(40)
    member_id = fields.UUIDField()
    store_id = fields.UUIDField()
    state = fields.CharField(20)
    channel = fields.CharField(10)
    placed_at = fields.DatetimeField()
    pay_by = fields.DatetimeField(null=True)
    paid_at = fields.DatetimeField(null=True)
    completed_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    list_fen = fields.BigIntField()
    goods_fen = fields.BigIntField()
    shipping_fen = fields.BigIntField()
    payable_fen = fields.BigIntField()
    due_fen = fields.BigIntField()
    quote = fields.JSONField(null=True)
    request = fields.JSONField(null=True)
    rules = fields.CharField(64, null=True)
    prepay_id = fields.CharField(80, null=True)
    payment_id = fields.CharField(80, null=True)

    class Meta:
        table = "orders"
        unique_together = (("merchant_id", "number"),)
        indexes = (("merchant_id", "member_id", "placed_at"), ("merchant_id", "placed_at"), ("state", "pay_by"))


class OrderLine(Row):
    """`kind`: sale, add_on (加价购, beside a line of its SKU) or gift (赠品, payable 0, outside the order's list total)."""

    order_id = fields.UUIDField()
    position = fields.IntField()
    kind = fields.CharField(8, db_default="sale")
    sku = fields.CharField(40)
    qty = fields.IntField()
    list_fen = fields.BigIntField()
    payable_fen = fields.BigIntField()

    class Meta:
        table = "order_lines"
        unique_together = (("merchant_id", "order_id", "position"),)
