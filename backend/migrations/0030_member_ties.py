"""Who follows the official account and who is in a customers' group, as told from outside (K02)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


def _at():
    return fields.DatetimeField(auto_now=False, auto_now_add=False)


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0032_lottery")]
    initial = False
    operations = [
        ops.CreateModel(
            name="MemberTie",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("tie", fields.CharField(max_length=8)),
                ("tied", fields.BooleanField()),
                ("at", _at()),
                ("actor", fields.CharField(max_length=60)),
                ("told_at", _at()),
            ],
            options={
                "table": "member_ties",
                "app": "shuhui",
                "unique_together": (("merchant_id", "member_id", "tie", "at"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL("ALTER TABLE member_ties DROP CONSTRAINT member_ties_pkey, ADD CONSTRAINT member_ties_pkey PRIMARY KEY (merchant_id, id)"),
        ops.RunSQL(
            "ALTER TABLE member_ties ADD CONSTRAINT member_ties_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id)"
        ),
        ops.RunSQL("ALTER TABLE member_ties ADD CONSTRAINT member_ties_tie CHECK (tie IN ('account', 'group') AND isfinite(at))"),
        ops.RunSQL(
            "CREATE TRIGGER member_ties_append_only BEFORE UPDATE OR DELETE ON member_ties FOR EACH ROW EXECUTE FUNCTION forbid_change()"
        ),
        ops.RunSQL(
            "CREATE TRIGGER member_ties_kept BEFORE TRUNCATE ON member_ties FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
        ),
    ]
