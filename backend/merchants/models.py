"""Tables of this slice alone: merchants, their organisation tree, stores, staff and log-in sessions."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Merchant(Row):
    """A tenant. Its `merchant_id` is its own id. `refund_policy` holds what differs from the defaults of docs/pricing.md §8;
    an order keeps the one of its day. `coupon_policy` holds what differs from the defaults of backend/coupons/rules.py,
    and `max_promotions_per_line` (P08), `max_coupons` (K01). `tender_caps`: by kind of tender, how much
    of an order it may pay (`bp`, `fen`; P04). `complaint_minutes`: within how many a complaint is answered (R05)."""

    code = fields.CharField(40)
    name = fields.CharField(80)
    currency = fields.CharField(3, default="CNY")
    time_zone = fields.CharField(40, default="Asia/Shanghai")
    refund_policy = fields.JSONField(db_default={})
    points_policy = fields.JSONField(db_default={})
    coupon_policy = fields.JSONField(db_default={})
    red_packet_policy = fields.JSONField(db_default={})
    tender_caps = fields.JSONField(db_default={})
    complaint_minutes = fields.IntField(db_default=150)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "merchants"
        unique_together = (("merchant_id", "code"),)


class OrgUnit(Row):
    """Organisation tree 组织机构: region → city → business circle. Stores hang below a unit."""

    parent_id = fields.UUIDField(null=True)
    kind = fields.CharField(10)
    name = fields.CharField(60)
    path = fields.CharField(200)

    class Meta:
        table = "org_units"
        unique_together = (("merchant_id", "path"),)


class Store(Row):
    unit_id = fields.UUIDField()
    code = fields.CharField(40)
    name = fields.CharField(80)
    city = fields.CharField(40)
    region_path = fields.CharField(200)
    address = fields.CharField(200, default="")

    class Meta:
        table = "stores"
        unique_together = (("merchant_id", "code"),)


class Staff(Row):
    """Somebody who works with the console. `supplier`: whose statement alone they see, "" for the merchant's own people."""

    username = fields.CharField(60)
    name = fields.CharField(60)
    password_hash = fields.CharField(200)
    roles = fields.JSONField(default=list)
    store_ids = fields.JSONField(default=list)
    supplier = fields.CharField(60, db_default="")
    active = fields.BooleanField(default=True)

    class Meta:
        table = "staff"
        unique_together = (("merchant_id", "username"),)


class ExternalSystem(Row):
    """外部系统: a till (POS) or a marketplace that sells for the merchant and asks as itself. Its key is kept hashed.
    `takes_stock`: whether what it sells leaves the stock that is counted here. Empty `store_ids` means all stores."""

    code = fields.CharField(20)
    name = fields.CharField(40)
    channel = fields.CharField(10)
    key_hash = fields.CharField(64)
    store_ids = fields.JSONField(db_default=[])
    takes_stock = fields.BooleanField()
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "external_systems"
        unique_together = (("merchant_id", "code"), ("merchant_id", "key_hash"))


class LogInSession(Row):
    """A refresh token in hashed form. Each use replaces it; a second use of a replaced one ends the family."""

    subject_kind = fields.CharField(10)
    subject_id = fields.UUIDField()
    family_id = fields.UUIDField()
    token_hash = fields.CharField(64)
    expires_at = fields.DatetimeField()
    replaced_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "log_in_sessions"
        unique_together = (("merchant_id", "token_hash"),)
        indexes = (("merchant_id", "family_id"),)
