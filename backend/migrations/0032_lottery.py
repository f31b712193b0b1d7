"""The points lottery: lotteries, their prizes with odds, their draws (B03)."""

from pathlib import Path

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


def _row(*fields_of):
    return [
        ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
        ("merchant_id", fields.UUIDField()),
        *fields_of,
    ]


def _at(**more):
    return fields.DatetimeField(auto_now=False, auto_now_add=False, **more)


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0029_exposures")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Lottery",
            fields=_row(
                ("name", fields.CharField(max_length=80)),
                ("points", fields.IntField()),
                ("free_per_day", fields.IntField()),
                ("per_day", fields.IntField()),
                ("per_member", fields.IntField(null=True)),
                ("levels", fields.JSONField(db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ("budget_fen", fields.BigIntField(null=True)),
                ("contact", fields.CharField(max_length=80)),
                ("starts_at", _at()),
                ("ends_at", _at()),
                ("state", fields.CharField(max_length=8)),
                ("seed_sealed", fields.BinaryField()),
                ("commitment", fields.CharField(max_length=64)),
                ("odds_hash", fields.CharField(max_length=64)),
                ("draws", fields.IntField(db_default=0)),
                ("created_at", _at()),
                ("stopped_at", _at(null=True)),
                ("stopped_by", fields.CharField(max_length=60, null=True)),
                ("stop_reason", fields.CharField(max_length=200, null=True)),
            ),
            options={
                "table": "lotteries",
                "app": "shuhui",
                "indexes": [Index(fields=["merchant_id", "state", "ends_at"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="LotteryPrize",
            fields=_row(
                ("lottery_id", fields.UUIDField()),
                ("position", fields.SmallIntField()),
                ("name", fields.CharField(max_length=80)),
                ("kind", fields.CharField(max_length=8)),
                ("odds", fields.IntField()),
                ("points", fields.IntField(null=True)),
                ("template_id", fields.UUIDField(null=True)),
                ("sku", fields.CharField(max_length=40, null=True)),
                ("worth_fen", fields.BigIntField()),
                ("stock", fields.IntField(null=True)),
                ("won", fields.IntField(db_default=0)),
            ),
            options={
                "table": "lottery_prizes",
                "app": "shuhui",
                "unique_together": (("merchant_id", "lottery_id", "position"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="LotteryDraw",
            fields=_row(
                ("lottery_id", fields.UUIDField()),
                ("n", fields.IntField()),
                ("member_id", fields.UUIDField()),
                ("day", fields.DateField()),
                ("points", fields.IntField()),
                ("channel", fields.CharField(max_length=10)),
                ("nonce", fields.CharField(max_length=80)),
                ("odds_hash", fields.CharField(max_length=64)),
                ("drawn", fields.IntField()),
                ("prize_id", fields.UUIDField()),
                ("won_points", fields.IntField(null=True)),
                ("coupon_id", fields.UUIDField(null=True)),
                ("at", _at()),
            ),
            options={
                "table": "lottery_draws",
                "app": "shuhui",
                "unique_together": (("merchant_id", "lottery_id", "n"),),
                "indexes": [
                    Index(fields=["merchant_id", "lottery_id", "member_id"]),
                    Index(fields=["merchant_id", "member_id", "id"]),
                ],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
