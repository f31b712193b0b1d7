"""Tiers of a drop: which coupon for whom (K10)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0033_engagement")]
    initial = False
    operations = [
        ops.CreateModel(
            name="DropTier",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("drop_id", fields.UUIDField()),
                ("position", fields.IntField()),
                ("audience", fields.JSONField()),
                ("template_id", fields.UUIDField()),
            ],
            options={
                "table": "drop_tiers",
                "app": "shuhui",
                "unique_together": (("merchant_id", "drop_id", "position"), ("merchant_id", "drop_id", "template_id")),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL("ALTER TABLE drop_tiers DROP CONSTRAINT drop_tiers_pkey, ADD CONSTRAINT drop_tiers_pkey PRIMARY KEY (merchant_id, id)"),
        ops.RunSQL(
            "ALTER TABLE drop_tiers ADD CONSTRAINT drop_tiers_drop_fk FOREIGN KEY (merchant_id, drop_id) REFERENCES coupon_drops (merchant_id, id)"
        ),
        ops.RunSQL(
            "ALTER TABLE drop_tiers ADD CONSTRAINT drop_tiers_template_fk FOREIGN KEY (merchant_id, template_id)"
            " REFERENCES coupon_templates (merchant_id, id)"
        ),
        ops.RunSQL("ALTER TABLE drop_tiers ADD CONSTRAINT drop_tiers_position CHECK (position BETWEEN 1 AND 5)"),
        ops.RunSQL("CREATE TRIGGER drop_tiers_fixed BEFORE UPDATE OR DELETE ON drop_tiers FOR EACH ROW EXECUTE FUNCTION forbid_change()"),
        ops.RunSQL("CREATE TRIGGER drop_tiers_kept BEFORE TRUNCATE ON drop_tiers FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"),
    ]
