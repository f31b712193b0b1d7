"""Referral: invitation codes, who invited whom, and the merchant's terms (B05)."""

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
    dependencies = [("shuhui", "0018_red_packet_lookups")]
    initial = False
    operations = [
        ops.CreateModel(
            name="InviteCode",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("member_id", fields.UUIDField()),
                ("code", fields.CharField(max_length=8)),
                ("created_at", _at()),
            ],
            options={
                "table": "invite_codes",
                "app": "shuhui",
                "unique_together": (("merchant_id", "member_id"), ("merchant_id", "code")),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="Referral",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("friend_id", fields.UUIDField()),
                ("inviter_id", fields.UUIDField()),
                ("state", fields.CharField(max_length=10)),
                ("bound_at", _at()),
                ("order_id", fields.UUIDField(null=True)),
                ("settled_at", _at(null=True)),
                ("month", fields.DateField(null=True)),
                ("share_bp", fields.IntField(null=True)),
                ("most_points", fields.IntField(null=True)),
                ("points", fields.IntField(db_default=0)),
                ("short", fields.IntField(db_default=0)),
                ("moves", fields.IntField(db_default=0)),
            ],
            options={
                "table": "referrals",
                "app": "shuhui",
                "unique_together": (("merchant_id", "friend_id"),),
                "indexes": [Index(fields=["merchant_id", "inviter_id", "id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="ReferralTerms",
            fields=[
                _key(),
                ("merchant_id", fields.UUIDField()),
                ("version", fields.IntField()),
                ("enabled", fields.BooleanField()),
                ("share_bp", fields.IntField()),
                ("most_points", fields.IntField()),
                ("monthly", fields.IntField()),
                ("actor", fields.CharField(max_length=60)),
                ("at", _at()),
            ],
            options={
                "table": "referral_terms",
                "app": "shuhui",
                "unique_together": (("merchant_id", "version"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(Path(__file__).with_suffix(".sql").read_text("utf-8")),
    ]
