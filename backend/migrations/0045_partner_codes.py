"""Codes that a partner gives its people, and partners as a source of coupons (K04)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0047_drop_links")]
    initial = False
    operations = [
        ops.AddField(model_name="CodePool", name="partner", field=fields.CharField(24, null=True)),
        ops.RunSQL(
            "ALTER TABLE code_pools ADD CONSTRAINT code_pools_partner CHECK (partner ~ '^[A-Za-z0-9_-]{1,24}$');"
            " UPDATE coupons SET source = 'partner' WHERE starts_with(via, 'partner:')"
        ),
    ]
