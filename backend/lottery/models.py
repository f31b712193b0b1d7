"""Tables of this slice alone: lotteries, their prizes, their draws."""

from __future__ import annotations

from tortoise import fields

from backend.kit.rows import Row


class Lottery(Row):
    """积分抽奖. Its row is the lock of its draws, `draws` numbers them without a gap. Nothing that was promised changes: a trigger
    lets only `draws` and the stopping through. `seed_sealed` decides every draw; `commitment` is its hash, shown from the start."""

    name = fields.CharField(80)
    points = fields.IntField()
    free_per_day = fields.IntField()
    per_day = fields.IntField()
    per_member = fields.IntField(null=True)
    levels = fields.JSONField(db_default=[])
    budget_fen = fields.BigIntField(null=True)
    contact = fields.CharField(80)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    state = fields.CharField(8)
    seed_sealed = fields.BinaryField()
    commitment = fields.CharField(64)
    odds_hash = fields.CharField(64)
    draws = fields.IntField(db_default=0)
    created_at = fields.DatetimeField()
    stopped_at = fields.DatetimeField(null=True)
    stopped_by = fields.CharField(60, null=True)
    stop_reason = fields.CharField(200, null=True)

    class Meta:
        table = "lotteries"
        indexes = (("merchant_id", "state", "ends_at"),)


class LotteryPrize(Row):
    """奖项: `odds` in parts per million, `worth_fen` as stated from the start. Only `won` and a larger `stock` are ever written;
    `stock` is null for 谢谢参与. `template_id` is the coupon that it gives, of an article too."""

    lottery_id = fields.UUIDField()
    position = fields.SmallIntField()
    name = fields.CharField(80)
    kind = fields.CharField(8)
    odds = fields.IntField()
    points = fields.IntField(null=True)
    template_id = fields.UUIDField(null=True)
    sku = fields.CharField(40, null=True)
    worth_fen = fields.BigIntField()
    stock = fields.IntField(null=True)
    won = fields.IntField(db_default=0)

    class Meta:
        table = "lottery_prizes"
        unique_together = (("merchant_id", "lottery_id", "position"),)


class LotteryDraw(Row):
    """抽奖记录, append-only: the `n`-th draw of its lottery, what it cost (0: free), the number that was drawn with the customer's
    `nonce`, and what it gave. `day` is of the merchant's calendar. `channel` and `store_id` say where it was drawn (K12), the store that
    the customer had chosen; null before migration 0063 and where the client did not tell."""

    lottery_id = fields.UUIDField()
    n = fields.IntField()
    member_id = fields.UUIDField()
    day = fields.DateField()
    points = fields.IntField()
    channel = fields.CharField(10)
    store_id = fields.UUIDField(null=True)
    nonce = fields.CharField(80)
    odds_hash = fields.CharField(64)
    drawn = fields.IntField()
    prize_id = fields.UUIDField()
    won_points = fields.IntField(null=True)
    coupon_id = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "lottery_draws"
        unique_together = (("merchant_id", "lottery_id", "n"),)
        indexes = (("merchant_id", "lottery_id", "member_id"), ("merchant_id", "member_id", "id"))
