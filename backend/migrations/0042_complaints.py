"""Complaints, and by when they are answered (R05)."""

from pathlib import Path

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


def _at(**more):
    return fields.DatetimeField(auto_now=False, auto_now_add=False, **more)


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0040_gift_quotas")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Complaint",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("order_id", fields.UUIDField(null=True)),
                ("coupon_id", fields.UUIDField(null=True)),
                ("store_id", fields.UUIDField(null=True)),
                ("kind", fields.CharField(max_length=10)),
                ("text", fields.CharField(max_length=500)),
                ("opened_by", fields.CharField(max_length=60)),
                ("opened_at", _at()),
                ("due_at", _at()),
                ("state", fields.CharField(max_length=8)),
                ("warned_at", _at(null=True)),
                ("escalated_at", _at(null=True)),
                ("answered_at", _at(null=True)),
                ("answered_by", fields.CharField(max_length=60, null=True)),
                ("ending", fields.CharField(max_length=12, null=True)),
                ("reply", fields.CharField(max_length=500, null=True)),
                ("compensation_id", fields.UUIDField(null=True)),
            ],
            options={
                "table": "complaints",
                "app": "shuhui",
                "indexes": [
                    Index(fields=["merchant_id", "state", "due_at"]),
                    Index(fields=["merchant_id", "member_id"]),
                    Index(fields=["merchant_id", "order_id"]),
                ],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
