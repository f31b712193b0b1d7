"""How many coupons of a template one customer may use on one day (K01)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0030_member_ties")]
    initial = False
    operations = [
        ops.AddField(model_name="CouponTemplate", name="uses_per_day", field=fields.IntField(null=True)),
        ops.RunSQL("ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_uses CHECK (uses_per_day > 0)"),
        ops.RunSQL(
            "CREATE INDEX coupons_used_of_member ON coupons (merchant_id, member_id, template_id, locked_at) WHERE locked_at IS NOT NULL"
        ),
    ]
