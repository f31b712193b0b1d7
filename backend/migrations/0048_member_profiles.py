"""What members tell about themselves, and who changed or saw it (K02, K06, B04, B08)."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id

BASE = [
    ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
    ("merchant_id", fields.UUIDField()),
    ("member_id", fields.UUIDField()),
]
TABLES = ("member_records", "member_consents")


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0047_drop_links")]
    initial = False
    operations = [
        ops.CreateModel(
            name="MemberRecord",
            fields=[
                *BASE,
                ("what", fields.CharField(max_length=12)),
                ("did", fields.CharField(max_length=10)),
                ("detail", fields.JSONField(db_default={})),
                ("actor", fields.CharField(max_length=60)),
                ("reason", fields.CharField(db_default="", max_length=100)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "member_records",
                "app": "shuhui",
                "indexes": [Index(fields=["merchant_id", "member_id", "at"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="MemberConsent",
            fields=[
                *BASE,
                ("purpose", fields.CharField(max_length=12)),
                ("version", fields.IntField()),
                ("agreed", fields.BooleanField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "member_consents",
                "app": "shuhui",
                "indexes": [Index(fields=["merchant_id", "member_id", "purpose", "at"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        *[
            ops.RunSQL(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD CONSTRAINT {table}_pkey PRIMARY KEY (merchant_id, id);"
                f" ALTER TABLE {table} ADD CONSTRAINT {table}_member_fk FOREIGN KEY (merchant_id, member_id)"
                " REFERENCES members (merchant_id, id);"
                f" CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION forbid_change();"
                f" CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
            )
            for table in TABLES
        ],
        ops.RunSQL(
            "ALTER TABLE members ADD CONSTRAINT members_birthday CHECK (birthday IS NULL OR birth_md ="
            " lpad(extract(month FROM birthday)::text, 2, '0') || '-' || lpad(extract(day FROM birthday)::text, 2, '0'));"
            " ALTER TABLE member_records ADD CONSTRAINT member_records_what CHECK ((what, did) IN (('birthday', 'set'), ('birthday', 'corrected'),"
            " ('birthday', 'withdrawn'), ('tags', 'changed'), ('home_store', 'changed'), ('member', 'seen'), ('account', 'seen'))"
            " AND (what <> 'birthday' OR detail = '{}') AND isfinite(at));"
            " ALTER TABLE member_consents ADD CONSTRAINT member_consents_purpose CHECK (purpose IN ('birthday') AND version > 0 AND isfinite(at))"
        ),
    ]
