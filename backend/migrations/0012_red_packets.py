"""A red packet is a lot with the least payable that it pays for; a merchant says on which terms orders earn some."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0014_drop_extras")]
    initial = False
    operations = [
        ops.AddField(model_name="Lot", name="min_fen", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="Merchant",
            name="red_packet_policy",
            field=fields.JSONField(db_default={}, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunSQL("ALTER TABLE lots ADD CONSTRAINT lots_packet CHECK (min_fen >= 0 AND expires_at IS NOT NULL OR min_fen IS NULL)"),
        ops.RunSQL("CREATE INDEX lots_of_transfer ON lots (merchant_id, transfer_id)"),
    ]
