"""A lot remembers the end that was promised, so that refunds after it give days more once (B03, Q08)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0027_pay_codes")]
    initial = False
    operations = [
        ops.AddField(model_name="Lot", name="first_ends_at", field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.RunSQL("ALTER TABLE lots ADD CONSTRAINT lots_first_end CHECK (first_ends_at < expires_at)"),
    ]
