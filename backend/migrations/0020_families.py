"""Family accounts: who is in a family, invitations, and whose points paid for which order (B05)."""

from pathlib import Path

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


def _key():
    return ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True))


def _at(null=False):
    return fields.DatetimeField(null=null, auto_now=False, auto_now_add=False)


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0019_presales")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Family",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("founder_id", fields.UUIDField()),
                ("founded_at", _at()),
                ("ended_at", _at(null=True)),
            ],
            options={
                "table": "families",
                "app": "shuhui",
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="FamilyMember",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("family_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("monthly", fields.IntField(null=True)),
                ("consent", fields.IntField()),
                ("joined_at", _at()),
                ("left_at", _at(null=True)),
                ("why", fields.CharField(null=True, max_length=8)),
            ],
            options={
                "table": "family_members",
                "app": "shuhui",
                "indexes": [Index(fields=["merchant_id", "family_id"]), Index(fields=["merchant_id", "member_id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="FamilyInvite",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("family_id", fields.UUIDField()),
                ("code", fields.CharField(max_length=12)),
                ("made_at", _at()),
                ("ends_at", _at()),
                ("used_by", fields.UUIDField(null=True)),
                ("used_at", _at(null=True)),
                ("withdrawn_at", _at(null=True)),
            ],
            options={
                "table": "family_invites",
                "app": "shuhui",
                "unique_together": (("merchant_id", "code"),),
                "indexes": [Index(fields=["merchant_id", "family_id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="FamilySpend",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("order_id", fields.UUIDField()),
                ("family_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("payer_id", fields.UUIDField()),
                ("points", fields.BigIntField()),
                ("returned", fields.BigIntField(db_default=0)),
                ("state", fields.CharField(max_length=8)),
                ("at", _at()),
            ],
            options={
                "table": "family_spends",
                "app": "shuhui",
                "unique_together": (("merchant_id", "order_id", "member_id"),),
                "indexes": [Index(fields=["merchant_id", "member_id", "at"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
