"""Tables of this slice alone: template (what), drop (how it is given out), code pool, coupon (one in a hand)."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class CouponTemplate(Row):
    """券模板. `content` and `scope` as in docs/pricing.md. Validity (K01): a window, or hours or days after the claim, from
    the next day on with `next_day`. `face_fen` is the most it can take off (null: not known from the template alone).
    `return_policy` (Q08): whole (comes back when everything is returned), below (also when what is kept no longer reaches the threshold) or never; `grace_days` null: the merchant's own. `bearing`: who bears what it takes
    off (empty = the merchant). `uses_per_day`: how many of them one customer may use on one day (null: as many as there are). `times`:
    weekdays and hours at which it may be used, as in `when` of docs/pricing.md (empty: always). `stacking`: which other coupons may
    be used on the same goods (backend/coupons/stacking_rules.py; empty: none). `full_price_only` 原价券: goods that a promotion takes
    are none of it (docs/decisions/0033-full-price-coupons.md)."""

    code = fields.CharField(60)
    name = fields.CharField(80)
    content = fields.JSONField()
    scope = fields.JSONField()
    group = fields.CharField(40, default="coupon")
    valid_from = fields.DatetimeField(null=True)
    valid_until = fields.DatetimeField(null=True)
    valid_hours = fields.IntField(null=True)
    valid_days = fields.IntField(null=True)
    next_day = fields.BooleanField(db_default=False)
    face_fen = fields.BigIntField(null=True)
    return_policy = fields.CharField(8, db_default="whole")
    grace_days = fields.IntField(null=True)
    bearing = fields.JSONField(db_default=[])
    uses_per_day = fields.IntField(null=True)
    times = fields.JSONField(db_default={})
    stacking = fields.JSONField(db_default={})
    full_price_only = fields.BooleanField(db_default=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "coupon_templates"
        unique_together = (("merchant_id", "code"),)


class TemplateBudget(Row):
    """预算 of a template (K01): fen that its coupons may be worth at face in all (null: no end), promised and spent as of a drop.
    Coupons that were issued since are in it (`coupons.in_budget`)."""

    template_id = fields.UUIDField()
    budget_fen = fields.BigIntField(null=True)
    promised_fen = fields.BigIntField(db_default=0)
    spent_fen = fields.BigIntField(db_default=0)

    class Meta:
        table = "template_budgets"
        unique_together = (("merchant_id", "template_id"),)


class CouponRefusal(Row):
    """A coupon that was due (a birthday, a level …) and not given, for the budget of its template had no room. `business_key` is
    that of the coupon which was not made. Append-only."""

    template_id = fields.UUIDField()
    member_id = fields.UUIDField()
    source = fields.CharField(16)
    business_key = fields.CharField(120)
    at = fields.DatetimeField()

    class Meta:
        table = "coupon_refusals"
        unique_together = (("merchant_id", "business_key"),)
        indexes = (("merchant_id", "template_id"),)


class CouponDrop(Row):
    """领券活动. `issued` never exceeds `total` (C1), nor promised + spent the budget (C7); the guards are in the claim
    statement. `access`: public, link, shared (one code for all), codes (a pool), staff (by hand). `carry`: what a timed batch
    leaves goes to the next. `gives_back`: voided and expired coupons give their place back. `audience` and `scene` (a scope:
    offered when such goods are in the cart) are JSON; empty means anybody, null any cart; empty `channels` means all.
    Whoever claims also gets `with_points` points and a coupon of `gift_template_id` (K10); `extra_fen` is what both count for in
    the budget."""

    template_id = fields.UUIDField()
    name = fields.CharField(80)
    state = fields.CharField(10, default="draft")
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    total = fields.IntField()
    issued = fields.IntField(default=0)
    redeemed = fields.IntField(default=0)
    per_member = fields.IntField(default=1)
    per_day = fields.IntField(null=True)
    access = fields.CharField(8, db_default="public")
    shared_code = fields.CharField(32, null=True)
    audience = fields.JSONField(db_default={})
    placements = fields.JSONField(db_default=[])
    channels = fields.JSONField(db_default=[])
    scene = fields.JSONField(null=True)
    carry = fields.BooleanField(db_default=True)
    gives_back = fields.BooleanField(db_default=False)
    budget_fen = fields.BigIntField(null=True)
    promised_fen = fields.BigIntField(db_default=0)
    spent_fen = fields.BigIntField(db_default=0)
    with_points = fields.IntField(db_default=0)
    gift_template_id = fields.UUIDField(null=True)
    extra_fen = fields.BigIntField(db_default=0)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "coupon_drops"
        unique_together = (("merchant_id", "shared_code"),)
        indexes = (("merchant_id", "state", "starts_at"),)


class DropBatch(Row):
    """分时段放量: a share of a drop that opens at an instant (C1). `issued` counts coupons given while it was the newest open
    one; the drop's row is its lock."""

    drop_id = fields.UUIDField()
    position = fields.IntField()
    opens_at = fields.DatetimeField()
    share = fields.IntField()
    issued = fields.IntField(db_default=0)

    class Meta:
        table = "drop_batches"
        unique_together = (("merchant_id", "drop_id", "position"),)


class DropTier(Row):
    """分档 (K10): what a drop gives to whom, in the order of `position` from 1: the first that fits is what one gets. Fixed with
    the drop, whose own template is that of the first tier."""

    drop_id = fields.UUIDField()
    position = fields.IntField()
    audience = fields.JSONField()
    template_id = fields.UUIDField()

    class Meta:
        table = "drop_tiers"
        unique_together = (("merchant_id", "drop_id", "position"), ("merchant_id", "drop_id", "template_id"))


class DropHolder(Row):
    """How many one member took of one drop (C2)."""

    drop_id = fields.UUIDField()
    member_id = fields.UUIDField()
    held = fields.IntField(default=0)

    class Meta:
        table = "drop_holders"
        unique_together = (("merchant_id", "drop_id", "member_id"),)


class DropDay(Row):
    """How many one member took of one drop on one day of the merchant's calendar (C2); only for drops with a daily limit."""

    drop_id = fields.UUIDField()
    member_id = fields.UUIDField()
    day = fields.DateField()
    held = fields.IntField()

    class Meta:
        table = "drop_days"
        unique_together = (("merchant_id", "drop_id", "member_id", "day"),)


class DropExposure(Row):
    """曝光 of a drop at a placement on one day of the merchant's calendar, in a store when one was chosen (K02): how often it was
    seen, and by how many members (each once a day and placement). Kept for good; no reference holds it to the drop, whose row is
    locked by claims."""

    drop_id = fields.UUIDField()
    placement = fields.CharField(8)
    day = fields.DateField()
    store_id = fields.UUIDField(null=True)
    views = fields.BigIntField()
    viewers = fields.BigIntField()

    class Meta:
        table = "drop_exposures"


class DropViewer(Row):
    """How often one member saw a drop at a placement on one day; forgotten some days later, when nobody can be counted twice
    any more."""

    member_id = fields.UUIDField()
    drop_id = fields.UUIDField()
    placement = fields.CharField(8)
    day = fields.DateField()
    views = fields.IntField()

    class Meta:
        table = "drop_viewers"
        unique_together = (("merchant_id", "member_id", "drop_id", "placement", "day"),)


class CodePool(Row):
    """券码池: up to a million codes of one drop. Generated ones are made in chunks: `made` says how far it came. `partner`: who gives them
    to its people (K04), as coupons' `via` names it."""

    drop_id = fields.UUIDField()
    name = fields.CharField(60)
    kind = fields.CharField(10)
    wanted = fields.IntField()
    made = fields.IntField(db_default=0)
    partner = fields.CharField(24, null=True)
    created_by = fields.CharField(60)
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "code_pools"
        indexes = (("merchant_id", "drop_id"),)


class CouponCode(Row):
    """One code of a pool (C8). Who redeemed it, and the coupon that it became."""

    pool_id = fields.UUIDField()
    code = fields.CharField(32)
    member_id = fields.UUIDField(null=True)
    coupon_id = fields.UUIDField(null=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "coupon_codes"
        unique_together = (("merchant_id", "code"),)
        indexes = (("merchant_id", "pool_id", "id"),)


class CodeTry(Row):
    """Codes entered by one member within one hour that were not right: against guessing (C8)."""

    member_id = fields.UUIDField()
    hour = fields.DatetimeField()
    tries = fields.IntField()

    class Meta:
        table = "code_tries"
        unique_together = (("merchant_id", "member_id", "hour"),)


class ClerkDay(Row):
    """Compensation coupons that one clerk gave on one day of the merchant's calendar (K04)."""

    staff_id = fields.UUIDField()
    day = fields.DateField()
    given = fields.IntField()
    face_fen = fields.BigIntField()

    class Meta:
        table = "clerk_days"
        unique_together = (("merchant_id", "staff_id", "day"),)


class DropLink(Row):
    """推广链接 of a private drop that staff made (K12): for whom (`via`, as coupons keep it), when and by whom. What the link carries
    follows from drop and `via`."""

    drop_id = fields.UUIDField()
    via = fields.CharField(40)
    made_at = fields.DatetimeField()
    made_by = fields.CharField(60)

    class Meta:
        table = "drop_links"
        unique_together = (("merchant_id", "drop_id", "via"),)


class Coupon(Row):
    """A coupon in a member's hand. `business_key` makes a grant (birthday) happen once. `face_fen` is what it holds of the
    drop's budget; `channel`, `store_id` and `placement` say where it was claimed (K12). Of the order that holds or has used it:
    `locked_at` when it was placed, `took_fen` what it takes off, less what refunds took back. `via`: the poster, promoter or
    partner whose link or code it came by (K12). `in_budget`: its face is held of its template's budget (K01)."""

    template_id = fields.UUIDField()
    drop_id = fields.UUIDField(null=True)
    member_id = fields.UUIDField()
    code = fields.CharField(24)
    state = fields.CharField(10, default="issued")
    source = fields.CharField(16, default="claim")
    business_key = fields.CharField(120, null=True)
    claimed_at = fields.DatetimeField()
    valid_from = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    order_id = fields.UUIDField(null=True)
    locked_at = fields.DatetimeField(null=True)
    took_fen = fields.BigIntField(db_default=0)
    face_fen = fields.BigIntField(db_default=0)
    channel = fields.CharField(10, null=True)
    store_id = fields.UUIDField(null=True)
    placement = fields.CharField(10, null=True)
    via = fields.CharField(40, null=True)
    in_budget = fields.BooleanField(db_default=False)

    class Meta:
        table = "coupons"
        unique_together = (("merchant_id", "code"), ("merchant_id", "business_key"))
        indexes = (("merchant_id", "member_id", "state"), ("merchant_id", "drop_id"))


class CouponMove(Row):
    """Every step of a coupon's life (C5): when, who, why; `sequence` orders those of one instant. Append-only."""

    sequence = fields.BigIntField(generated=False, null=True)

    coupon_id = fields.UUIDField()
    before = fields.CharField(10, null=True)
    after = fields.CharField(10)
    at = fields.DatetimeField()
    actor = fields.CharField(60)
    reason = fields.CharField(40)
    note = fields.CharField(200, null=True)
    order_id = fields.UUIDField(null=True)
    channel = fields.CharField(10, null=True)
    store_id = fields.UUIDField(null=True)

    class Meta:
        table = "coupon_moves"
        indexes = (("merchant_id", "coupon_id"),)
