"""Tills and marketplaces ask as themselves; what they prepare stands under their own request numbers."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


def _key():
    return ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True))


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0017_mall")]
    initial = False
    operations = [
        ops.CreateModel(
            name="ExternalSystem",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("code", fields.CharField(max_length=20)),
                ("name", fields.CharField(max_length=40)),
                ("channel", fields.CharField(max_length=10)),
                ("key_hash", fields.CharField(max_length=64)),
                ("store_ids", fields.JSONField(db_default=[], encoder=JSON_DUMPS, decoder=loads)),
                ("takes_stock", fields.BooleanField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "external_systems",
                "app": "shuhui",
                "unique_together": (("merchant_id", "code"), ("merchant_id", "key_hash")),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="ExternalRequest",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("system_id", fields.UUIDField()),
                ("request_no", fields.CharField(max_length=64)),
                ("order_id", fields.UUIDField(null=True)),
                ("payment_no", fields.CharField(max_length=64, null=True)),
                ("cancelled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "external_requests",
                "app": "shuhui",
                "unique_together": (("merchant_id", "system_id", "request_no"),),
                "indexes": [Index(fields=["merchant_id", "order_id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.AddField(model_name="Order", name="system_id", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="Order", name="takes_stock", field=fields.BooleanField(db_default=True)),
        *(
            ops.RunSQL(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD CONSTRAINT {table}_pkey PRIMARY KEY (merchant_id, id)")
            for table in ("external_systems", "external_requests")
        ),
        ops.RunSQL("ALTER TABLE external_systems ADD CONSTRAINT external_systems_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE external_requests ADD CONSTRAINT external_requests_system_fk FOREIGN KEY (merchant_id, system_id) REFERENCES external_systems (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE external_requests ADD CONSTRAINT external_requests_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE orders ADD CONSTRAINT orders_system_fk FOREIGN KEY (merchant_id, system_id) REFERENCES external_systems (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE external_requests ADD CONSTRAINT external_requests_one CHECK (num_nulls(order_id, cancelled_at) > 0)"),
    ]
