"""Gifts that a promotion may give in all (P12)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0039_per_day")]
    initial = False
    operations = [
        ops.CreateModel(
            name="OfferGifts",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("offer_id", fields.CharField(max_length=64)),
                ("quota", fields.BigIntField()),
                ("taken", fields.BigIntField(default=0)),
            ],
            options={
                "table": "offer_gifts",
                "app": "shuhui",
                "unique_together": (("merchant_id", "offer_id"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(
            "ALTER TABLE offer_gifts DROP CONSTRAINT offer_gifts_pkey, ADD CONSTRAINT offer_gifts_pkey PRIMARY KEY (merchant_id, id);"
            " ALTER TABLE offer_gifts ADD CONSTRAINT offer_gifts_within CHECK (quota > 0 AND taken BETWEEN 0 AND quota)"
        ),
    ]
