"""Tables of this slice alone: template (what), drop (how it is given out), coupon (one in a hand)."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class CouponTemplate(Row):
    """券模板. `content` and `scope` as in docs/pricing.md. Validity: a window, or hours after the claim."""

    code = fields.CharField(60)
    name = fields.CharField(80)
    content = fields.JSONField()
    scope = fields.JSONField()
    group = fields.CharField(40, default="coupon")
    valid_from = fields.DatetimeField(null=True)
    valid_until = fields.DatetimeField(null=True)
    valid_hours = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "coupon_templates"
        unique_together = (("merchant_id", "code"),)


class CouponDrop(Row):
    """领券活动. `issued` never exceeds `total` (C1); the guard is in the claim statement."""

    template_id = fields.UUIDField()
    name = fields.CharField(80)
    state = fields.CharField(10, default="draft")
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    total = fields.IntField()
    issued = fields.IntField(default=0)
    redeemed = fields.IntField(default=0)
    per_member = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "coupon_drops"
        indexes = (("merchant_id", "state", "starts_at"),)


class DropHolder(Row):
    """How many one member took of one drop (C2)."""

    drop_id = fields.UUIDField()
    member_id = fields.UUIDField()
    held = fields.IntField(default=0)

    class Meta:
        table = "drop_holders"
        unique_together = (("merchant_id", "drop_id", "member_id"),)


class Coupon(Row):
    """A coupon in a member's hand. `business_key` makes a grant (birthday) happen once."""

    template_id = fields.UUIDField()
    drop_id = fields.UUIDField(null=True)
    member_id = fields.UUIDField()
    code = fields.CharField(24)
    state = fields.CharField(10, default="issued")
    source = fields.CharField(16, default="claim")
    business_key = fields.CharField(120, null=True)
    claimed_at = fields.DatetimeField()
    valid_from = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    order_id = fields.UUIDField(null=True)

    class Meta:
        table = "coupons"
        unique_together = (("merchant_id", "code"), ("merchant_id", "business_key"))
        indexes = (("merchant_id", "member_id", "state"), ("merchant_id", "drop_id"))


class CouponMove(Row):
    """Every step of a coupon's life (C5): when, who, why. Append-only."""

    coupon_id = fields.UUIDField()
    before = fields.CharField(10, null=True)
    after = fields.CharField(10)
    at = fields.DatetimeField()
    actor = fields.CharField(60)
    reason = fields.CharField(40)
    order_id = fields.UUIDField(null=True)
    channel = fields.CharField(10, null=True)
    store_id = fields.UUIDField(null=True)

    class Meta:
        table = "coupon_moves"
        indexes = (("merchant_id", "coupon_id"),)
