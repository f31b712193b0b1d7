"""Weekdays and hours at which coupons of a template may be used (K06); whose link a coupon came by (K12)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0036_growth_exchanged")]
    initial = False
    operations = [
        ops.AddField(model_name="CouponTemplate", name="times", field=fields.JSONField(db_default={})),
        ops.AddField(model_name="Coupon", name="via", field=fields.CharField(40, null=True)),
        ops.RunSQL(
            "ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_times CHECK (jsonb_typeof(times) = 'object')"
        ),
    ]
