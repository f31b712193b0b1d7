"""A coupon may come back when a part refund leaves less than its threshold (Q08)."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0055_book_stripes")]
    initial = False
    operations = [
        ops.RunSQL(
            "ALTER TABLE coupon_templates DROP CONSTRAINT coupon_templates_returns, ADD CONSTRAINT coupon_templates_returns"
            " CHECK (return_policy IN ('whole', 'below', 'never') AND (grace_days IS NULL OR grace_days >= 0) AND (face_fen IS NULL OR face_fen >= 0))"
        )
    ]
