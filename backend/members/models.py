"""Tables of this slice alone: members, their levels and how levels changed."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Member(Row):
    """A customer of one merchant. The person is the openid; phone is encrypted with a blind index beside it. `birth_md` is the birthday
    (MM-DD), `birthday` the day of birth where its year is known too.

    `level` is held until `level_until` (null: never settled); what it is at a moment says `level_rules.level_at`. `growth` is a
    cache of the growth account's balance, `growth_period` what of it was earned in the period that ends at `level_until`.
    `scheme_seen` is the version of the scheme that the row was last settled by.

    `lifecycle` is the state (new, active, silent, lost) since `lifecycle_since`, `rfm_tier` the tier with its scores, as of
    the last run; `offered_at` is when a state last brought its offer."""

    openid = fields.CharField(64)
    nickname = fields.CharField(60, default="")
    phone_sealed = fields.BinaryField(null=True)
    phone_index = fields.CharField(64, null=True)
    birthday = fields.DateField(null=True)
    birth_md = fields.CharField(5, null=True)
    level = fields.CharField(20, default="basic")
    level_until = fields.DatetimeField(null=True)
    growth = fields.BigIntField(db_default=0)
    growth_period = fields.BigIntField(db_default=0)
    completed_orders = fields.IntField(db_default=0)
    growth_owed = fields.BigIntField(db_default=0)
    growth_spent = fields.BigIntField(db_default=0)
    scheme_seen = fields.IntField(db_default=0)
    last_order_at = fields.DatetimeField(null=True)
    lifecycle = fields.CharField(8, db_default="new")
    lifecycle_since = fields.DatetimeField(null=True)
    offered_at = fields.DatetimeField(null=True)
    rfm_tier = fields.CharField(10, null=True)
    rfm_scores = fields.CharField(3, null=True)
    dialect_region = fields.CharField(10, default="all")
    home_store_id = fields.UUIDField(null=True)
    tags = fields.JSONField(default=list)
    orders_count = fields.IntField(default=0)
    member_code = fields.CharField(24)
    pay_step = fields.BigIntField(null=True)
    joined_at = fields.DatetimeField()

    class Meta:
        table = "members"
        unique_together = (("merchant_id", "openid"), ("merchant_id", "member_code"))
        indexes = (
            ("merchant_id", "birth_md"),
            ("merchant_id", "phone_index"),
            ("merchant_id", "level_until"),
            ("merchant_id", "lifecycle"),
        )


class MemberPolicy(Row):
    """A merchant's own terms for its members in versions, the highest of a kind in force; append-only. kind: levels, lifecycle."""

    kind = fields.CharField(12)
    version = fields.IntField()
    definition = fields.JSONField()
    actor = fields.CharField(60)
    at = fields.DatetimeField()

    class Meta:
        table = "member_policies"
        unique_together = (("merchant_id", "kind", "version"),)


class LevelMove(Row):
    """A change of a member's level: from, to, why and when; append-only. `at` is when it took effect."""

    member_id = fields.UUIDField()
    before = fields.CharField(20)
    after = fields.CharField(20)
    why = fields.CharField(12)
    growth = fields.BigIntField()
    in_period = fields.BigIntField()
    at = fields.DatetimeField()

    class Meta:
        table = "level_moves"
        indexes = (("merchant_id", "member_id"),)


class MemberTie(Row):
    """A report that a customer follows the official account or is in a customers' group, or no longer (K02); append-only. The
    newest `at` of a tie is what holds. `at` when it happened, `told_at` when we heard of it."""

    member_id = fields.UUIDField()
    tie = fields.CharField(8)
    tied = fields.BooleanField()
    at = fields.DatetimeField()
    actor = fields.CharField(60)
    told_at = fields.DatetimeField()

    class Meta:
        table = "member_ties"
        unique_together = (("merchant_id", "member_id", "tie", "at"),)


class MemberRecord(Row):
    """Who changed or looked at a member's own data, when and why (B08); append-only. `what`: birthday, tags, home_store, and of looks
    member, account; `did`: set, corrected, withdrawn, changed, seen. `detail` never holds a birthday."""

    member_id = fields.UUIDField()
    what = fields.CharField(12)
    did = fields.CharField(10)
    detail = fields.JSONField(db_default={})
    actor = fields.CharField(60)
    reason = fields.CharField(100, db_default="")
    at = fields.DatetimeField()

    class Meta:
        table = "member_records"
        indexes = (("merchant_id", "member_id", "at"),)


class MemberConsent(Row):
    """A customer agreed to a purpose of use, or took it back (个人信息保护法 13–16); append-only, the newest holds. `version` is that of
    the words that were shown."""

    member_id = fields.UUIDField()
    purpose = fields.CharField(12)
    version = fields.IntField()
    agreed = fields.BooleanField()
    at = fields.DatetimeField()

    class Meta:
        table = "member_consents"
        indexes = (("merchant_id", "member_id", "purpose", "at"),)


class MemberRun(Row):
    """A run that brought states and tiers of all members up to date: the last of a day of the merchant's calendar."""

    day = fields.DateField()
    at = fields.DatetimeField()
    members = fields.IntField()
    changed = fields.IntField()

    class Meta:
        table = "member_runs"
        unique_together = (("merchant_id", "day"),)
