"""Within how many minutes a merchant answers complaints (R05)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0041_stacking")]
    initial = False
    operations = [
        ops.AddField(model_name="Merchant", name="complaint_minutes", field=fields.IntField(db_default=150)),
        ops.RunSQL(
            "ALTER TABLE merchants ADD CONSTRAINT merchants_complaint_minutes CHECK (complaint_minutes BETWEEN 60 AND 10080)"
        ),
    ]
