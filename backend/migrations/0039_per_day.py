"""What a member has of an offer on one day, where the offer is limited a day (P10)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0038_usable_times")]
    initial = False
    operations = [
        ops.CreateModel(
            name="OfferMemberDay",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("offer_id", fields.CharField(max_length=64)),
                ("member_id", fields.UUIDField()),
                ("day", fields.DateField()),
                ("used", fields.BigIntField(default=0)),
            ],
            options={
                "table": "offer_member_days",
                "app": "shuhui",
                "unique_together": (("merchant_id", "offer_id", "member_id", "day"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(
            "ALTER TABLE offer_member_days DROP CONSTRAINT offer_member_days_pkey,"
            " ADD CONSTRAINT offer_member_days_pkey PRIMARY KEY (merchant_id, id)"
        ),
        ops.RunSQL("ALTER TABLE offer_member_days ADD CONSTRAINT offer_member_days_positive CHECK (used >= 0)"),
    ]
