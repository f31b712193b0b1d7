"""Which other coupons may be used on the same goods (K01)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0042_complaints")]
    initial = False
    operations = [
        ops.AddField(model_name="CouponTemplate", name="stacking", field=fields.JSONField(db_default={})),
        ops.RunSQL(
            "ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_stacking CHECK (jsonb_typeof(stacking) = 'object')"
        ),
    ]
