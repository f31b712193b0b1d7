"""What one gets beside the coupon of a drop: points, a coupon for an article, or both (K10)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0011_kept")]
    initial = False
    operations = [
        ops.AddField(model_name="CouponDrop", name="with_points", field=fields.IntField(db_default=0)),
        ops.AddField(model_name="CouponDrop", name="gift_template_id", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="CouponDrop", name="extra_fen", field=fields.BigIntField(db_default=0)),
        ops.RunSQL(
            "ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_gift_fk FOREIGN KEY (merchant_id, gift_template_id)"
            " REFERENCES coupon_templates (merchant_id, id)"
        ),
        ops.RunSQL(
            "ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_extra CHECK (with_points >= 0 AND extra_fen >= 0)"
        ),
    ]
