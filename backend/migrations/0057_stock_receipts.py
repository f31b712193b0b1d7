"""What came to a shelf, or was found missing, is written down (R05, O3)."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0056_coupons_below")]
    initial = False
    operations = [
        ops.CreateModel(
            name="StockReceipt",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("store_id", fields.UUIDField()),
                ("sku", fields.CharField(max_length=40)),
                ("units", fields.BigIntField()),
                ("reason", fields.CharField(max_length=100)),
                ("actor", fields.CharField(max_length=80)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "stock_receipts",
                "app": "shuhui",
                "indexes": [Index(fields=["merchant_id", "store_id", "sku"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(
            "ALTER TABLE stock_receipts DROP CONSTRAINT stock_receipts_pkey,"
            " ADD CONSTRAINT stock_receipts_pkey PRIMARY KEY (merchant_id, id)"
        ),
        ops.RunSQL(
            "ALTER TABLE stock_receipts ADD CONSTRAINT stock_receipts_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);"
            " ALTER TABLE stock_receipts ADD CONSTRAINT stock_receipts_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);"
            " ALTER TABLE stock_receipts ADD CONSTRAINT stock_receipts_units CHECK (units <> 0);"
            " CREATE TRIGGER stock_receipts_append_only BEFORE UPDATE OR DELETE ON stock_receipts FOR EACH ROW EXECUTE FUNCTION forbid_change();"
            " CREATE TRIGGER stock_receipts_kept BEFORE TRUNCATE ON stock_receipts FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
        ),
    ]
