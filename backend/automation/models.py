"""Tables of this slice alone: messages to members and the credits that WeChat grants per accepted template."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Message(Row):
    """触达. One row per intended message; `business_key` makes it happen once. state: queued, sent, refused, failed, skipped."""

    member_id = fields.UUIDField()
    template_id = fields.CharField(64)
    page = fields.CharField(120, default="")
    data = fields.JSONField(default=dict)
    state = fields.CharField(10, default="queued")
    reason = fields.CharField(200, default="")
    business_key = fields.CharField(120)
    attempts = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "messages"
        unique_together = (("merchant_id", "business_key"),)
        indexes = (("state", "created_at"),)


class MonthlyGift(Row):
    """每月礼券: that a member was given the coupon of a level for a month (YYYY-MM of the merchant's calendar), once (B04)."""

    member_id = fields.UUIDField()
    month = fields.CharField(7)
    level = fields.CharField(20)
    at = fields.DatetimeField()

    class Meta:
        table = "monthly_gifts"
        unique_together = (("merchant_id", "member_id", "month"),)


class SendCredit(Row):
    """How many subscribe messages of one template a member still allows: one per accept."""

    member_id = fields.UUIDField()
    template_id = fields.CharField(64)
    credits = fields.IntField(default=0)

    class Meta:
        table = "send_credits"
        unique_together = (("merchant_id", "member_id", "template_id"),)
