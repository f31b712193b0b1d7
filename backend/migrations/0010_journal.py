"""The merchant's journal: what orders and refunds are in the books, by level and mode."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


def _key():
    return ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True))


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0009_offer_budgets")]
    initial = False
    operations = [
        ops.CreateModel(
            name="JournalEntry",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("kind", fields.CharField(max_length=16)),
                ("business_key", fields.CharField(max_length=120)),
                ("order_id", fields.UUIDField(null=True)),
                ("memo", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "journal_entries",
                "app": "shuhui",
                "unique_together": (("merchant_id", "business_key"),),
                "indexes": [Index(fields=["merchant_id", "at"]), Index(fields=["merchant_id", "order_id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="JournalLine",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("entry_id", fields.UUIDField()),
                ("position", fields.IntField()),
                ("account", fields.CharField(max_length=24)),
                ("level", fields.CharField(max_length=10, null=True)),
                ("mode", fields.CharField(max_length=24, null=True)),
                ("offer", fields.CharField(max_length=64, null=True)),
                ("sku", fields.CharField(max_length=40, null=True)),
                ("fen", fields.BigIntField()),
            ],
            options={
                "table": "journal_lines",
                "app": "shuhui",
                "unique_together": (("merchant_id", "entry_id", "position"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL("ALTER TABLE journal_entries DROP CONSTRAINT journal_entries_pkey, ADD CONSTRAINT journal_entries_pkey PRIMARY KEY (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE journal_lines DROP CONSTRAINT journal_lines_pkey, ADD CONSTRAINT journal_lines_pkey PRIMARY KEY (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE journal_entries ADD CONSTRAINT journal_entries_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE journal_lines ADD CONSTRAINT journal_lines_entry_fk FOREIGN KEY (merchant_id, entry_id) REFERENCES journal_entries (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE journal_lines ADD CONSTRAINT journal_lines_move CHECK (fen <> 0)"),
        ops.RunSQL("CREATE TRIGGER journal_entries_append_only BEFORE UPDATE OR DELETE ON journal_entries FOR EACH ROW EXECUTE FUNCTION forbid_change()"),
        ops.RunSQL("CREATE TRIGGER journal_lines_append_only BEFORE UPDATE OR DELETE ON journal_lines FOR EACH ROW EXECUTE FUNCTION forbid_change()"),
    ]
