"""Pre-sales: units whose deposit was paid; orders of the rest, payouts of deposits (Q09)."""

from pathlib import Path

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


def _at(null=False):
    return fields.DatetimeField(null=null, auto_now=False, auto_now_add=False)


def _json():
    return fields.JSONField(encoder=JSON_DUMPS, decoder=loads)


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0023_supplier_shares")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Presale",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("number", fields.CharField(max_length=40)),
                ("member_id", fields.UUIDField()),
                ("store_id", fields.UUIDField()),
                ("promotion_id", fields.UUIDField()),
                ("offer_id", fields.CharField(max_length=40)),
                ("state", fields.CharField(max_length=20)),
                ("channel", fields.CharField(max_length=10)),
                ("units", _json()),
                ("qty", fields.IntField()),
                ("promise", _json()),
                ("deposit_fen", fields.BigIntField()),
                ("contract_fen", fields.BigIntField()),
                ("keeps_fen", fields.BigIntField()),
                ("used_fen", fields.BigIntField(db_default=0)),
                ("kept_fen", fields.BigIntField(db_default=0)),
                ("returned_fen", fields.BigIntField(db_default=0)),
                ("extra_fen", fields.BigIntField(db_default=0)),
                ("placed_at", _at()),
                ("pay_by", _at()),
                ("opens_at", _at()),
                ("closes_at", _at()),
                ("prepay_id", fields.CharField(max_length=80, null=True)),
                ("payment_id", fields.CharField(max_length=80, null=True)),
                ("paid_at", _at(null=True)),
                ("order_id", fields.UUIDField(null=True)),
                ("ended_at", _at(null=True)),
                ("ended_by", fields.CharField(max_length=60, null=True)),
                ("why", fields.CharField(max_length=20, null=True)),
                ("note", fields.CharField(max_length=200, null=True)),
            ],
            options={
                "table": "presales",
                "app": "shuhui",
                "unique_together": (("merchant_id", "number"),),
                "indexes": [
                    Index(fields=["merchant_id", "member_id", "id"]),
                    Index(fields=["merchant_id", "offer_id"]),
                    Index(fields=["state", "pay_by"]),
                    Index(fields=["state", "closes_at"]),
                ],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.AddField(model_name="Order", name="presale_id", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="Order", name="deposit_fen", field=fields.BigIntField(db_default=0)),
        ops.AddField(model_name="Payout", name="presale_id", field=fields.UUIDField(null=True)),
        ops.AlterField(model_name="Payout", name="order_id", field=fields.UUIDField(null=True)),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
