"""Points lie in lots with their own ends; what members had before lies in one lot each that does not end."""

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
    dependencies = [("shuhui", "0007_coupons")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Lot",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("account_id", fields.UUIDField()),
                ("transfer_id", fields.UUIDField(null=True)),
                ("amount", fields.BigIntField()),
                ("remaining", fields.BigIntField()),
                ("held", fields.BigIntField(default=0)),
                ("earned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "lots", "app": "shuhui", "pk_attr": "id"},
            bases=["Row"],
        ),
        ops.CreateModel(
            name="LotPart",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("lot_id", fields.UUIDField()),
                ("transfer_id", fields.UUIDField(null=True)),
                ("amount", fields.BigIntField()),
                ("origin_id", fields.UUIDField(null=True)),
            ],
            options={
                "table": "lot_parts",
                "app": "shuhui",
                "indexes": [Index(fields=["merchant_id", "lot_id"]), Index(fields=["merchant_id", "transfer_id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="HeldPart",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("hold_id", fields.UUIDField()),
                ("lot_id", fields.UUIDField()),
                ("amount", fields.BigIntField()),
            ],
            options={
                "table": "held_parts",
                "app": "shuhui",
                "unique_together": (("merchant_id", "hold_id", "lot_id"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.AddField(
            model_name="Merchant",
            name="points_policy",
            field=fields.JSONField(db_default={}, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
