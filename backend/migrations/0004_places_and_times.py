"""A coupon's move names a store of its own merchant; windows are finite."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0003_order_line_kind")]
    initial = False
    operations = [
        ops.RunSQL(
            "ALTER TABLE coupon_moves ADD CONSTRAINT coupon_moves_store_fk FOREIGN KEY (merchant_id, store_id)"
            " REFERENCES stores (merchant_id, id)"
        ),
        ops.RunSQL(
            "ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_finite CHECK (isfinite(starts_at) AND isfinite(ends_at))"
        ),
        ops.RunSQL(
            "ALTER TABLE promotions ADD CONSTRAINT promotions_finite CHECK (isfinite(starts_at) AND isfinite(ends_at))"
        ),
    ]
