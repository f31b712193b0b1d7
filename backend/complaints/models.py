"""The table of this slice alone: complaints, each with how it went and how it ended."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Complaint(Row):
    """投诉 of a member, about an order, a coupon, or neither. It is to be answered by `due_at`; `warned_at` and `escalated_at` are when
    staff was told that this is near, or over. `compensation_id` is a coupon that was given for it. Never deleted."""

    member_id = fields.UUIDField()
    order_id = fields.UUIDField(null=True)
    coupon_id = fields.UUIDField(null=True)
    store_id = fields.UUIDField(null=True)
    kind = fields.CharField(10)
    text = fields.CharField(500)
    opened_by = fields.CharField(60)
    opened_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    state = fields.CharField(8)
    warned_at = fields.DatetimeField(null=True)
    escalated_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)
    answered_by = fields.CharField(60, null=True)
    ending = fields.CharField(12, null=True)
    reply = fields.CharField(500, null=True)
    compensation_id = fields.UUIDField(null=True)

    class Meta:
        table = "complaints"
        indexes = (("merchant_id", "state", "due_at"), ("merchant_id", "member_id"), ("merchant_id", "order_id"))
