"""Where a lottery is drawn and a share is opened: channel and store (K12)."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0058_full_price_coupons")]
    initial = False
    operations = [
        ops.AddField(model_name="LotteryDraw", name="store_id", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="ShareOpening", name="channel", field=fields.CharField(max_length=10, null=True)),
        ops.AddField(model_name="ShareOpening", name="store_id", field=fields.UUIDField(null=True)),
        ops.AddIndex(model_name="ShareOpening", index=Index(fields=["merchant_id", "day"])),
        ops.RunSQL(
            "ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);"
            " ALTER TABLE share_openings ADD CONSTRAINT share_openings_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id)"
        ),
    ]
