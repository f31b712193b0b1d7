"""Perks of levels that do something (B04): a coupon each month, orders that come first."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0049_stamps_exchanged")]
    initial = False
    operations = [
        ops.CreateModel(
            name="MonthlyGift",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("month", fields.CharField(max_length=7)),
                ("level", fields.CharField(max_length=20)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "monthly_gifts",
                "app": "shuhui",
                "unique_together": (("merchant_id", "member_id", "month"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.AddField(model_name="Order", name="priority", field=fields.BooleanField(db_default=False)),
        ops.RunSQL(
            "ALTER TABLE monthly_gifts DROP CONSTRAINT monthly_gifts_pkey, ADD CONSTRAINT monthly_gifts_pkey PRIMARY KEY (merchant_id, id);"
            " ALTER TABLE monthly_gifts ADD CONSTRAINT monthly_gifts_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);"
            " ALTER TABLE monthly_gifts ADD CONSTRAINT monthly_gifts_month CHECK (month ~ '^[0-9]{4}-[0-9]{2}$' AND isfinite(at));"
            " CREATE INDEX orders_to_serve ON orders (merchant_id, (NOT priority), id) WHERE state = 'paid'"
        ),
    ]
