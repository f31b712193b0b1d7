"""Used codes of a pool are counted without reading those that nobody used (K04)."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0051_template_budgets")]
    initial = False
    operations = [
        ops.RunSQL("CREATE INDEX coupon_codes_used ON coupon_codes (merchant_id, pool_id) WHERE used_at IS NOT NULL")
    ]
