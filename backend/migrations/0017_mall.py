"""The exchange mall: what can be had for points, and what was (B03)."""

from pathlib import Path

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


def _key():
    return ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True))


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0013_levels")]
    initial = False
    operations = [
        ops.CreateModel(
            name="MallItem",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("name", fields.CharField(max_length=80)),
                ("kind", fields.CharField(max_length=10)),
                ("template_id", fields.UUIDField(null=True)),
                ("sku", fields.CharField(max_length=40, null=True)),
                ("balance_fen", fields.BigIntField(null=True)),
                ("points", fields.IntField()),
                ("prices", fields.JSONField(db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ("stock", fields.IntField()),
                ("exchanged", fields.IntField(db_default=0)),
                ("per_member", fields.IntField(null=True)),
                ("per_day", fields.IntField(null=True)),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(max_length=8)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mall_items",
                "app": "shuhui",
                "indexes": [Index(fields=["merchant_id", "state", "ends_at"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="MallExchange",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("item_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("item_name", fields.CharField(max_length=80)),
                ("points", fields.IntField()),
                ("balance_fen", fields.BigIntField(null=True)),
                ("coupon_id", fields.UUIDField(null=True)),
                ("day", fields.DateField()),
                ("state", fields.CharField(max_length=8)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("voided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("voided_by", fields.CharField(max_length=60, null=True)),
                ("void_reason", fields.CharField(max_length=200, null=True)),
            ],
            options={
                "table": "mall_exchanges",
                "app": "shuhui",
                "indexes": [
                    Index(fields=["merchant_id", "member_id", "id"]),
                    Index(fields=["merchant_id", "item_id", "member_id"]),
                ],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
