"""Append-only tables cannot be emptied either (L7): TRUNCATE asks no trigger for rows."""

from tortoise import migrations
from tortoise.migrations import operations as ops

TABLES = ("entries", "transfers", "coupon_moves", "refunds", "lot_parts", "journal_entries", "journal_lines")


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0010_journal")]
    initial = False
    operations = [
        ops.RunSQL(
            f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
        )
        for table in TABLES
    ]
