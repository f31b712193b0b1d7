"""Customers are told once that the rest of a pre-sale may be paid, and once that its last day has come."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0021_first_ends")]
    initial = False
    operations = [
        ops.AddField(model_name="Presale", name="told", field=fields.SmallIntField(db_default=0)),
        ops.RunSQL("CREATE INDEX presales_to_tell ON presales (opens_at) WHERE state = 'deposit_paid' AND told < 2"),
    ]
