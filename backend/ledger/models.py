"""Tables of this slice alone: one double-entry ledger for points, balances, budgets (docs/decisions/0004-one-ledger.md)."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Account(Row):
    """`balance` is a cache of the entries, `held` of the open holds. balance − held ≥ lower_bound; null = no bound."""

    owner_kind = fields.CharField(16)
    owner_id = fields.UUIDField()
    unit = fields.CharField(16)
    lower_bound = fields.BigIntField(null=True)
    balance = fields.BigIntField(default=0)
    held = fields.BigIntField(default=0)
    version = fields.BigIntField(default=0)

    class Meta:
        table = "accounts"
        unique_together = (("merchant_id", "owner_kind", "owner_id", "unit"),)


class Transfer(Row):
    """One immutable movement. `business_key` occurs once (L5)."""

    unit = fields.CharField(16)
    debit_id = fields.UUIDField()
    credit_id = fields.UUIDField()
    amount = fields.BigIntField()
    kind = fields.CharField(30)
    business_key = fields.CharField(120)
    memo = fields.JSONField(default=dict)
    at = fields.DatetimeField()

    class Meta:
        table = "transfers"
        unique_together = (("merchant_id", "business_key"),)


class Entry(Row):
    """One side of a transfer on one account; append-only."""

    account_id = fields.UUIDField()
    transfer_id = fields.UUIDField()
    sequence = fields.BigIntField()
    amount = fields.BigIntField()
    balance_after = fields.BigIntField()

    class Meta:
        table = "entries"
        unique_together = (("merchant_id", "account_id", "sequence"),)


class Hold(Row):
    """冻结: an amount set aside on an account until it is posted, voided or expired (L4)."""

    account_id = fields.UUIDField()
    amount = fields.BigIntField()
    posted = fields.BigIntField(default=0)
    state = fields.CharField(10, default="open")
    business_key = fields.CharField(120)
    expires_at = fields.DatetimeField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "holds"
        unique_together = (("merchant_id", "business_key"),)
        indexes = (("merchant_id", "account_id", "state"),)
