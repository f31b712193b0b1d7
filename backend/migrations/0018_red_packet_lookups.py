"""A member's red packets are found by an index: they are asked for with every price."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0015_external_systems")]
    initial = False
    operations = [
        ops.RunSQL("CREATE INDEX lots_packets ON lots (merchant_id, account_id, expires_at) WHERE min_fen IS NOT NULL")
    ]
