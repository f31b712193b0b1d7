"""Tables of this slice alone: families, who is in them, invitations, and whose points paid for which order."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Family(Row):
    """家庭: ends when its founder leaves. The row is the lock of who is in it and of what they share."""

    founder_id = fields.UUIDField()
    founded_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "families"


class FamilyMember(Row):
    """Somebody in a family until `left_at`; one family at a time (a partial unique index). `monthly` is what the family may
    spend of the member's points in a month of the merchant's calendar: null as much as there is, 0 nothing. `consent` is the
    version of what was agreed to when joining."""

    family_id = fields.UUIDField()
    member_id = fields.UUIDField()
    monthly = fields.IntField(null=True)
    consent = fields.IntField()
    joined_at = fields.DatetimeField()
    left_at = fields.DatetimeField(null=True)
    why = fields.CharField(8, null=True)

    class Meta:
        table = "family_members"
        indexes = (("merchant_id", "family_id"), ("merchant_id", "member_id"))


class FamilyInvite(Row):
    """An invitation of the founder: one person, once, until `ends_at`."""

    family_id = fields.UUIDField()
    code = fields.CharField(12)
    made_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    used_by = fields.UUIDField(null=True)
    used_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "family_invites"
        unique_together = (("merchant_id", "code"),)
        indexes = (("merchant_id", "family_id"),)


class FamilySpend(Row):
    """Points of a member in an order of another of the family: held, spent or released with it; `returned` is what refunds gave
    back, gross."""

    order_id = fields.UUIDField()
    family_id = fields.UUIDField()
    member_id = fields.UUIDField()
    payer_id = fields.UUIDField()
    points = fields.BigIntField()
    returned = fields.BigIntField(db_default=0)
    state = fields.CharField(8)
    at = fields.DatetimeField()

    class Meta:
        table = "family_spends"
        unique_together = (("merchant_id", "order_id", "member_id"),)
        indexes = (("merchant_id", "member_id", "at"),)
