"""Tables of this slice alone: members and their consents to be messaged."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Member(Row):
    """A customer of one merchant. The person is the openid; phone is encrypted with a blind index beside it."""

    openid = fields.CharField(64)
    nickname = fields.CharField(60, default="")
    phone_sealed = fields.BinaryField(null=True)
    phone_index = fields.CharField(64, null=True)
    birthday = fields.DateField(null=True)
    birth_md = fields.CharField(5, null=True)
    level = fields.CharField(20, default="basic")
    dialect_region = fields.CharField(10, default="all")
    home_store_id = fields.UUIDField(null=True)
    tags = fields.JSONField(default=list)
    orders_count = fields.IntField(default=0)
    member_code = fields.CharField(24)
    joined_at = fields.DatetimeField()

    class Meta:
        table = "members"
        unique_together = (("merchant_id", "openid"), ("merchant_id", "member_code"))
        indexes = (("merchant_id", "birth_md"), ("merchant_id", "phone_index"))
