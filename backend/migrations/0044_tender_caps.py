"""How much of an order red packets, points and balance may pay (P04)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0043_complaint_minutes")]
    initial = False
    operations = [
        ops.AddField(model_name="Merchant", name="tender_caps", field=fields.JSONField(db_default={})),
        ops.RunSQL(
            "ALTER TABLE merchants ADD CONSTRAINT merchants_tender_caps CHECK (jsonb_typeof(tender_caps) = 'object')"
        ),
    ]
