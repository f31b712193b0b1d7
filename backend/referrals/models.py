"""Tables of this slice alone: invitation codes, who invited whom, and the merchant's terms."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class InviteCode(Row):
    """邀请码 of a member, made when it is first asked for. The row is the lock of what its owner's invitations earn."""

    member_id = fields.UUIDField()
    code = fields.CharField(8)
    created_at = fields.DatetimeField()

    class Meta:
        table = "invite_codes"
        unique_together = (("merchant_id", "member_id"), ("merchant_id", "code"))


class Referral(Row):
    """Who was invited by whom: a friend once, the first that is accepted stands. `order_id` is the friend's first completed
    order, which settles it: rewarded, or over the inviter's limit of that `month`. `points` are what the inviter got for it less
    what was taken back, `short` what could not be taken back, `moves` how many transfers there were."""

    friend_id = fields.UUIDField()
    inviter_id = fields.UUIDField()
    state = fields.CharField(10)
    bound_at = fields.DatetimeField()
    order_id = fields.UUIDField(null=True)
    settled_at = fields.DatetimeField(null=True)
    month = fields.DateField(null=True)
    share_bp = fields.IntField(null=True)
    most_points = fields.IntField(null=True)
    points = fields.IntField(db_default=0)
    short = fields.IntField(db_default=0)
    moves = fields.IntField(db_default=0)

    class Meta:
        table = "referrals"
        unique_together = (("merchant_id", "friend_id"),)
        indexes = (("merchant_id", "inviter_id", "id"),)


class ReferralTerms(Row):
    """A merchant's own terms in versions, the highest in force; append-only."""

    version = fields.IntField()
    enabled = fields.BooleanField()
    share_bp = fields.IntField()
    most_points = fields.IntField()
    monthly = fields.IntField()
    actor = fields.CharField(60)
    at = fields.DatetimeField()

    class Meta:
        table = "referral_terms"
        unique_together = (("merchant_id", "version"),)
