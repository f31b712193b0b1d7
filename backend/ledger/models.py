"""Tables of this slice alone: one double-entry ledger for points, balances, budgets (docs/decisions/0004-one-ledger.md)."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Account(Row):
    """`balance` is a cache of the entries, `held` of the open holds. balance − held ≥ lower_bound; null = no bound. `stripe`
    tells the rows of a merchant's book apart, whose balance is their sum; it is 0 for everybody else."""

    owner_kind = fields.CharField(16)
    owner_id = fields.UUIDField()
    unit = fields.CharField(16)
    stripe = fields.SmallIntField(db_default=0)
    lower_bound = fields.BigIntField(null=True)
    balance = fields.BigIntField(default=0)
    held = fields.BigIntField(default=0)
    version = fields.BigIntField(default=0)

    class Meta:
        table = "accounts"
        unique_together = (("merchant_id", "owner_kind", "owner_id", "unit", "stripe"),)


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


class Lot(Row):
    """积分批次: points of one earning with the end that was promised for them; or a red packet 红包, which pays for orders of
    `min_fen` and more (null = points). `first_ends_at` is the end that was promised, where a refund after it gave days more
    (null = none has). `remaining` is a cache of its parts, `held` of the open holds. `expires_at` (exclusive)
    null = never; `transfer_id` null = a balance from before there were lots."""

    account_id = fields.UUIDField()
    transfer_id = fields.UUIDField(null=True)
    amount = fields.BigIntField()
    remaining = fields.BigIntField()
    held = fields.BigIntField(default=0)
    earned_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    min_fen = fields.BigIntField(null=True)
    first_ends_at = fields.DatetimeField(null=True)

    class Meta:
        table = "lots"


class LotPart(Row):
    """What one transfer put into a lot or took out of it (signed); append-only. `origin_id` is the part of a spending that
    this part gives back."""

    lot_id = fields.UUIDField()
    transfer_id = fields.UUIDField(null=True)
    amount = fields.BigIntField()
    origin_id = fields.UUIDField(null=True)

    class Meta:
        table = "lot_parts"
        indexes = (("merchant_id", "lot_id"), ("merchant_id", "transfer_id"))


class HeldPart(Row):
    """Which lots a hold has set aside."""

    hold_id = fields.UUIDField()
    lot_id = fields.UUIDField()
    amount = fields.BigIntField()

    class Meta:
        table = "held_parts"
        unique_together = (("merchant_id", "hold_id", "lot_id"),)


class JournalEntry(Row):
    """凭证: one thing that happened, in the merchant's books; append-only. Its lines sum to zero. `business_key` occurs once."""

    kind = fields.CharField(16)
    business_key = fields.CharField(120)
    order_id = fields.UUIDField(null=True)
    memo = fields.JSONField(default=dict)
    at = fields.DatetimeField()

    class Meta:
        table = "journal_entries"
        unique_together = (("merchant_id", "business_key"),)
        indexes = (("merchant_id", "at"), ("merchant_id", "order_id"))


class JournalLine(Row):
    """分录: one line of a 凭证, in fen, debit positive; append-only. Null where a dimension does not apply; `offer`
    is an offer's id or a coupon's; `supplier` bears a discount (docs/decisions/0023-who-bears-a-discount.md)."""

    entry_id = fields.UUIDField()
    position = fields.IntField()
    account = fields.CharField(24)
    level = fields.CharField(10, null=True)
    mode = fields.CharField(24, null=True)
    offer = fields.CharField(64, null=True)
    sku = fields.CharField(40, null=True)
    supplier = fields.CharField(60, null=True)
    fen = fields.BigIntField()

    class Meta:
        table = "journal_lines"
        unique_together = (("merchant_id", "entry_id", "position"),)
