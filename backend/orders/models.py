"""Tables of this slice alone: orders with their frozen quote."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Order(Row):
    """`quote` is the frozen answer, `request` what was asked (cart, customer, coupons, moment), so that the
        price can be computed again for ever (O1), and refunded. Imported past orders have neither. `refunded_fen` is gross:
        the sum over its `refunds` batches, never more than was payable (O2). `system_id` is the external system that sold it and
        has the money; without `takes_stock` its goods leave shelves that are not counted here. `presale_id` is the pre-sale whose
    rest it is, and `deposit_fen` what of the deposit pays: payable = due + tenders + deposit. `priority`: of a level whose orders come
    first in the stores' list (优先配送), as the level was then."""

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
    refunded_at = fields.DatetimeField(null=True)
    refunded_fen = fields.BigIntField(db_default=0)
    refunds = fields.IntField(db_default=0)
    system_id = fields.UUIDField(null=True)
    takes_stock = fields.BooleanField(db_default=True)
    presale_id = fields.UUIDField(null=True)
    deposit_fen = fields.BigIntField(db_default=0)
    priority = fields.BooleanField(db_default=False)

    class Meta:
        table = "orders"
        unique_together = (("merchant_id", "number"),)
        indexes = (("merchant_id", "member_id", "placed_at"), ("merchant_id", "placed_at"), ("state", "pay_by"))


class Presale(Row):
    """预售单: units whose deposit was paid, or waits for it; the rest is an order of its own (docs/decisions/0021-pre-sale.md).
    `promise` is the offer as it was bought (docs/pricing.md), `units` are [sku, qty, list price of one]. Money in fen: of
    `deposit_fen` it ends as `used_fen` + `kept_fen` + `returned_fen`; `extra_fen` is paid beside it (双倍返还). `keeps_fen` is
    the most that is forfeited. `told`: 1 that the rest may be paid, 2 that its last day has come. `order_id` is the order of the rest that waits or was paid."""

    number = fields.CharField(40)
    member_id = fields.UUIDField()
    store_id = fields.UUIDField()
    promotion_id = fields.UUIDField()
    offer_id = fields.CharField(40)
    state = fields.CharField(20)
    channel = fields.CharField(10)
    units = fields.JSONField()
    qty = fields.IntField()
    promise = fields.JSONField()
    deposit_fen = fields.BigIntField()
    contract_fen = fields.BigIntField()
    keeps_fen = fields.BigIntField()
    used_fen = fields.BigIntField(db_default=0)
    kept_fen = fields.BigIntField(db_default=0)
    returned_fen = fields.BigIntField(db_default=0)
    extra_fen = fields.BigIntField(db_default=0)
    placed_at = fields.DatetimeField()
    pay_by = fields.DatetimeField()
    opens_at = fields.DatetimeField()
    closes_at = fields.DatetimeField()
    prepay_id = fields.CharField(80, null=True)
    payment_id = fields.CharField(80, null=True)
    paid_at = fields.DatetimeField(null=True)
    order_id = fields.UUIDField(null=True)
    ended_at = fields.DatetimeField(null=True)
    ended_by = fields.CharField(60, null=True)
    why = fields.CharField(20, null=True)
    note = fields.CharField(200, null=True)
    told = fields.SmallIntField(db_default=0)

    class Meta:
        table = "presales"
        unique_together = (("merchant_id", "number"),)
        indexes = (
            ("merchant_id", "member_id", "id"),
            ("merchant_id", "offer_id"),
            ("state", "pay_by"),
            ("state", "closes_at"),
        )


class ExternalRequest(Row):
    """外部请求: a request number of an external system, and the order that was prepared under it. A cancellation that came
    before its preparation stands here alone, so that the preparation is refused when it comes (防悬挂)."""

    system_id = fields.UUIDField()
    request_no = fields.CharField(64)
    order_id = fields.UUIDField(null=True)
    payment_no = fields.CharField(64, null=True)
    cancelled_at = fields.DatetimeField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "external_requests"
        unique_together = (("merchant_id", "system_id", "request_no"),)
        indexes = (("merchant_id", "order_id"),)


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


class RefundRequest(Row):
    """退款申请: what a customer asked for and what became of it; at most one of an order waits. `units` are [sku, qty]."""

    order_id = fields.UUIDField()
    member_id = fields.UUIDField()
    state = fields.CharField(10)
    units = fields.JSONField()
    reason = fields.CharField(200)
    seen_fen = fields.BigIntField()
    asked_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    decided_by = fields.CharField(60, null=True)
    note = fields.CharField(200, null=True)

    class Meta:
        table = "refund_requests"
        indexes = (("merchant_id", "order_id"), ("merchant_id", "state", "asked_at"))


class Refund(Row):
    """退款批次: one batch of an order, append-only. `units` are [sku, qty]; `spent` is what of the benefits that it claws
    back was already spent, as pricing.reverse was told; `outcome` the whole answer. Money in fen."""

    order_id = fields.UUIDField()
    number = fields.IntField()
    request_id = fields.UUIDField(null=True)
    units = fields.JSONField()
    spent = fields.JSONField()
    outcome = fields.JSONField()
    refund_fen = fields.BigIntField()
    withheld_fen = fields.BigIntField()
    cash_fen = fields.BigIntField()
    restocked = fields.BooleanField()
    reason = fields.CharField(200)
    actor = fields.CharField(60)
    at = fields.DatetimeField()

    class Meta:
        table = "refunds"
        unique_together = (("merchant_id", "order_id", "number"),)


class Payout(Row):
    """Cash on its way back through WeChat Pay, of a refund or of a payment that came for nothing (`refund_id` null).
    `number` and `round` make out_refund_no; the ledger's refund_due is what all open ones owe. What goes back of a deposit
    before there is an order names its pre-sale. Money in fen."""

    order_id = fields.UUIDField(null=True)
    presale_id = fields.UUIDField(null=True)
    refund_id = fields.UUIDField(null=True)
    number = fields.CharField(100)
    round = fields.IntField(db_default=0)
    transaction_id = fields.CharField(80)
    amount_fen = fields.BigIntField()
    total_fen = fields.BigIntField()
    reason = fields.CharField(80)
    state = fields.CharField(10)
    tries = fields.IntField(db_default=0)
    next_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    accepted_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    trouble = fields.CharField(200, null=True)
    made_at = fields.DatetimeField()

    class Meta:
        table = "payouts"
        unique_together = (("merchant_id", "number"),)
        indexes = (("merchant_id", "order_id"),)
