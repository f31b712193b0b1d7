"""原价券: a coupon that is good for goods alone which no promotion takes (K01)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0057_stock_receipts")]
    initial = False
    operations = [
        ops.AddField(model_name="CouponTemplate", name="full_price_only", field=fields.BooleanField(db_default=False)),
    ]
