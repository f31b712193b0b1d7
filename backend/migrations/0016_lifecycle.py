"""Life-cycle states and RFM tiers of members, and the runs that keep them. Until the first run nobody but who bought is known;
the moment of the last order that stands is taken from the orders."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0017_referrals")]
    initial = False
    operations = [
        ops.AddField(model_name="Member", name="last_order_at", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="Member", name="lifecycle", field=fields.CharField(max_length=8, db_default="new")),
        ops.AddField(model_name="Member", name="lifecycle_since", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="Member", name="offered_at", field=fields.DatetimeField(null=True)),
        ops.AddField(model_name="Member", name="rfm_tier", field=fields.CharField(max_length=10, null=True)),
        ops.AddField(model_name="Member", name="rfm_scores", field=fields.CharField(max_length=3, null=True)),
        ops.AddIndex(model_name="Member", index=Index(fields=["merchant_id", "lifecycle"])),
        ops.CreateModel(
            name="MemberRun",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("day", fields.DateField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("members", fields.IntField()),
                ("changed", fields.IntField()),
            ],
            options={
                "table": "member_runs",
                "app": "shuhui",
                "unique_together": (("merchant_id", "day"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL("ALTER TABLE member_runs DROP CONSTRAINT member_runs_pkey, ADD CONSTRAINT member_runs_pkey PRIMARY KEY (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE member_runs ADD CONSTRAINT member_runs_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id)"),
        ops.RunSQL(
            "ALTER TABLE members ADD CONSTRAINT members_lifecycle CHECK (lifecycle IN ('new', 'active', 'silent', 'lost')"
            " AND (rfm_tier IS NULL OR rfm_tier IN ('potential', 'active', 'at_risk')) AND (rfm_tier IS NULL) = (rfm_scores IS NULL))"
        ),
        ops.RunSQL(
            "UPDATE members m SET last_order_at = o.last FROM (SELECT merchant_id, member_id, max(paid_at) AS last FROM orders"
            " WHERE state IN ('paid', 'completed') GROUP BY 1, 2) o WHERE o.merchant_id = m.merchant_id AND o.member_id = m.id"
        ),
    ]
