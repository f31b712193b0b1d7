"""Whether somebody picked up a group order is told like who follows and who is in a group (K02)."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0034_drop_tiers")]
    initial = False
    operations = [
        ops.RunSQL(
            "ALTER TABLE member_ties DROP CONSTRAINT member_ties_tie,"
            " ADD CONSTRAINT member_ties_tie CHECK (tie IN ('account', 'group', 'pickup') AND isfinite(at))"
        ),
    ]
