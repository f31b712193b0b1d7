"""Tables of this slice alone: immutable offer versions, the rule epoch, and what is used of a limit."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class OfferVersion(Row):
    """One compiled offer of one published version, with the cap of what it may give in all (null = none) and who bears it
    (empty = the merchant). A trigger lets only `retired_at` change, once."""

    promotion_id = fields.UUIDField()
    offer_id = fields.CharField(64)
    version = fields.IntField()
    content_hash = fields.CharField(64)
    definition = fields.JSONField()
    budget_fen = fields.BigIntField(null=True)
    bearing = fields.JSONField(db_default=[])
    active_from = fields.DatetimeField()
    active_until = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)
    retired_at = fields.DatetimeField(null=True)

    class Meta:
        table = "offer_versions"
        unique_together = (("merchant_id", "offer_id", "version"),)
        indexes = (("merchant_id", "promotion_id"),)


class RuleEpoch(Row):
    """Rises with every change of a merchant's live rules; a process that holds an older epoch reloads."""

    epoch = fields.BigIntField(default=0)

    class Meta:
        table = "rule_epochs"
        unique_together = (("merchant_id",),)


class OfferUse(Row):
    """Activity stock: how much of an offer is used. `stock` null = unlimited."""

    offer_id = fields.CharField(64)
    used = fields.BigIntField(default=0)
    stock = fields.BigIntField(null=True)

    class Meta:
        table = "offer_uses"
        unique_together = (("merchant_id", "offer_id"),)


class OfferBudget(Row):
    """活动预算 of an offer: whose the accounts `budget` and `given` in the ledger are, where the figures stand."""

    offer_id = fields.CharField(64)

    class Meta:
        table = "offer_budgets"
        unique_together = (("merchant_id", "offer_id"),)


class OfferMemberDay(Row):
    """How much of an offer a member has of one day of the merchant's calendar, for offers that are limited a day (P10)."""

    offer_id = fields.CharField(64)
    member_id = fields.UUIDField()
    day = fields.DateField()
    used = fields.BigIntField(default=0)

    class Meta:
        table = "offer_member_days"
        unique_together = (("merchant_id", "offer_id", "member_id", "day"),)


class OfferGifts(Row):
    """赠品名额 of an offer: pieces that it may give in all, and what orders that were not given back have taken."""

    offer_id = fields.CharField(64)
    quota = fields.BigIntField()
    taken = fields.BigIntField(default=0)

    class Meta:
        table = "offer_gifts"
        unique_together = (("merchant_id", "offer_id"),)


class OfferMemberUse(Row):
    offer_id = fields.CharField(64)
    member_id = fields.UUIDField()
    used = fields.BigIntField(default=0)

    class Meta:
        table = "offer_member_uses"
        unique_together = (("merchant_id", "offer_id", "member_id"),)
