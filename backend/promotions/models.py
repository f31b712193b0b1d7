"""Tables of this slice alone."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Promotion(Row):
    """促销活动. `state` is draft, published or ended; scheduled and running follow from the clock.

    `offers` is the draft's list of offers (docs/pricing.md); what is live is in offer_versions."""

    name = fields.CharField(80)
    description = fields.CharField(500, default="")
    state = fields.CharField(10, default="draft")
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    offers = fields.JSONField(default=list)
    channels = fields.JSONField(default=list)
    region_paths = fields.JSONField(default=list)
    store_ids = fields.JSONField(default=list)
    tags = fields.JSONField(default=list)
    version = fields.IntField(default=0)
    version_hash = fields.CharField(64, null=True)
    created_by = fields.UUIDField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    published_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "promotions"
        indexes = (("merchant_id", "state", "starts_at"),)
