"""Levels by growth value: what a level is held by, schemes in versions, and how levels changed. Levels that members have
are held until the end of this year; orders that were completed count for the level of the first order."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id

TABLES = ("member_policies", "level_moves")


def _key():
    return ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True))


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0012_red_packets")]
    initial = False
    operations = [
        ops.AddField(model_name="Member", name="level_until", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="Member", name="growth", field=fields.BigIntField(db_default=0)),
        ops.AddField(model_name="Member", name="growth_period", field=fields.BigIntField(db_default=0)),
        ops.AddField(model_name="Member", name="completed_orders", field=fields.IntField(db_default=0)),
        ops.AddField(model_name="Member", name="scheme_seen", field=fields.IntField(db_default=0)),
        ops.AddIndex(model_name="Member", index=Index(fields=["merchant_id", "level_until"])),
        ops.CreateModel(
            name="MemberPolicy",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("kind", fields.CharField(max_length=12)),
                ("version", fields.IntField()),
                ("definition", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("actor", fields.CharField(max_length=60)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "member_policies",
                "app": "shuhui",
                "unique_together": (("merchant_id", "kind", "version"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="LevelMove",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("before", fields.CharField(max_length=20)),
                ("after", fields.CharField(max_length=20)),
                ("why", fields.CharField(max_length=12)),
                ("growth", fields.BigIntField()),
                ("in_period", fields.BigIntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "level_moves",
                "app": "shuhui",
                "indexes": [Index(fields=["merchant_id", "member_id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        *(
            ops.RunSQL(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD CONSTRAINT {table}_pkey PRIMARY KEY (merchant_id, id)")
            for table in TABLES
        ),
        ops.RunSQL("ALTER TABLE member_policies ADD CONSTRAINT member_policies_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE level_moves ADD CONSTRAINT level_moves_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE members ADD CONSTRAINT members_growth CHECK (growth >= 0 AND growth_period >= 0 AND completed_orders >= 0)"),
        ops.RunSQL("ALTER TABLE member_policies ADD CONSTRAINT member_policies_version CHECK (version > 0)"),
        ops.RunSQL("ALTER TABLE level_moves ADD CONSTRAINT level_moves_move CHECK (before <> after AND why IN ('first_order', 'growth', 'by_hand', 'period_end', 'scheme'))"),
        *(
            ops.RunSQL(f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION forbid_change()")
            for table in TABLES
        ),
        *(
            ops.RunSQL(f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()")
            for table in TABLES
        ),
        ops.RunSQL(
            "UPDATE members m SET level_until = (date_trunc('year', now() AT TIME ZONE s.time_zone) + interval '1 year') AT TIME ZONE s.time_zone"
            " FROM merchants s WHERE s.merchant_id = m.merchant_id AND s.id = m.merchant_id AND m.level <> 'basic'"
        ),
        ops.RunSQL(
            "UPDATE members m SET completed_orders = c.n FROM (SELECT merchant_id, member_id, count(*) AS n FROM orders WHERE state = 'completed' GROUP BY 1, 2) c"
            " WHERE c.merchant_id = m.merchant_id AND c.member_id = m.id"
        ),
        ops.RunSQL(
            "UPDATE members m SET growth = a.balance FROM accounts a WHERE a.merchant_id = m.merchant_id AND a.owner_kind = 'member' AND a.owner_id = m.id AND a.unit = 'growth'"
        ),
    ]
