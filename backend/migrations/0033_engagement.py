"""Reviews of what was bought, and shares that friends opened: growth value beside orders (B04)."""

from pathlib import Path

from tortoise import fields, migrations
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
    dependencies = [("shuhui", "0031_uses_per_day")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Review",
            fields=_row(
                ("member_id", fields.UUIDField()),
                ("order_id", fields.UUIDField()),
                ("sku", fields.CharField(max_length=40)),
                ("stars", fields.SmallIntField()),
                ("text", fields.CharField(max_length=500)),
                ("growth", fields.IntField()),
                ("taken_back", fields.IntField(db_default=0)),
                ("state", fields.CharField(max_length=8)),
                ("day", fields.DateField()),
                ("at", _at()),
                ("hidden_at", _at(null=True)),
                ("hidden_by", fields.CharField(max_length=60, null=True)),
                ("hide_reason", fields.CharField(max_length=200, null=True)),
            ),
            options={
                "table": "reviews",
                "app": "shuhui",
                "unique_together": (("merchant_id", "order_id", "sku"),),
                "indexes": [Index(fields=["merchant_id", "member_id", "day"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="ShareOpening",
            fields=_row(
                ("sharer_id", fields.UUIDField()),
                ("opener_id", fields.UUIDField()),
                ("about", fields.CharField(max_length=60)),
                ("growth", fields.IntField()),
                ("day", fields.DateField()),
                ("at", _at()),
            ),
            options={
                "table": "share_openings",
                "app": "shuhui",
                "unique_together": (("merchant_id", "sharer_id", "opener_id", "about"),),
                "indexes": [Index(fields=["merchant_id", "sharer_id", "day"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
