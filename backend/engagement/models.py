"""Tables of this slice alone: reviews of what was bought, and shares that friends opened."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Review(Row):
    """评价 of one article of a completed order, once. `growth` is what it brought (0 above the day's cap), `taken_back` what of it
    went again: the article came back wholly, or staff hid the review. `day` is of the merchant's calendar."""

    member_id = fields.UUIDField()
    order_id = fields.UUIDField()
    sku = fields.CharField(40)
    stars = fields.SmallIntField()
    text = fields.CharField(500)
    growth = fields.IntField()
    taken_back = fields.IntField(db_default=0)
    state = fields.CharField(8)
    day = fields.DateField()
    at = fields.DatetimeField()
    hidden_at = fields.DatetimeField(null=True)
    hidden_by = fields.CharField(60, null=True)
    hide_reason = fields.CharField(200, null=True)

    class Meta:
        table = "reviews"
        unique_together = (("merchant_id", "order_id", "sku"),)
        indexes = (("merchant_id", "member_id", "day"),)


class ShareOpening(Row):
    """A friend opened what a member had shared, for the first time. `about` names what was shared ("drop:…", "promotion:…",
    "lottery:…"); `growth` is what it brought the sharer (0 above the day's cap). `channel` and `store_id` say where it was opened (K12),
    the store that the friend had chosen; null before migration 0063 and where the client did not tell."""

    sharer_id = fields.UUIDField()
    opener_id = fields.UUIDField()
    about = fields.CharField(60)
    growth = fields.IntField()
    channel = fields.CharField(10, null=True)
    store_id = fields.UUIDField(null=True)
    day = fields.DateField()
    at = fields.DatetimeField()

    class Meta:
        table = "share_openings"
        unique_together = (("merchant_id", "sharer_id", "opener_id", "about"),)
        indexes = (("merchant_id", "sharer_id", "day"), ("merchant_id", "day"))
