"""Links of private drops that staff made (K12)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0044_tender_caps")]
    initial = False
    operations = [
        ops.CreateModel(
            name="DropLink",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("drop_id", fields.UUIDField()),
                ("via", fields.CharField(max_length=40)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("made_by", fields.CharField(max_length=60)),
            ],
            options={
                "table": "drop_links",
                "app": "shuhui",
                "unique_together": (("merchant_id", "drop_id", "via"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(
            "ALTER TABLE drop_links DROP CONSTRAINT drop_links_pkey, ADD CONSTRAINT drop_links_pkey PRIMARY KEY (merchant_id, id);"
            " ALTER TABLE drop_links ADD CONSTRAINT drop_links_drop_fk FOREIGN KEY (merchant_id, drop_id)"
            " REFERENCES coupon_drops (merchant_id, id);"
            " ALTER TABLE drop_links ADD CONSTRAINT drop_links_via CHECK (via ~ '^(poster|promoter|partner):[A-Za-z0-9_-]{1,24}$')"
        ),
    ]
