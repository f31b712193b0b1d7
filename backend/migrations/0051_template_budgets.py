"""Budgets of coupon templates, what is held of them, and coupons that were not given for want of one (K01)."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id

BASE = [
    ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
    ("merchant_id", fields.UUIDField()),
    ("template_id", fields.UUIDField()),
]


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0048_member_profiles")]
    initial = False
    operations = [
        ops.AddField(model_name="Coupon", name="in_budget", field=fields.BooleanField(db_default=False)),
        ops.CreateModel(
            name="TemplateBudget",
            fields=[
                *BASE,
                ("budget_fen", fields.BigIntField(null=True)),
                ("promised_fen", fields.BigIntField(db_default=0)),
                ("spent_fen", fields.BigIntField(db_default=0)),
            ],
            options={
                "table": "template_budgets",
                "app": "shuhui",
                "unique_together": (("merchant_id", "template_id"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="CouponRefusal",
            fields=[
                *BASE,
                ("member_id", fields.UUIDField()),
                ("source", fields.CharField(max_length=16)),
                ("business_key", fields.CharField(max_length=120)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "coupon_refusals",
                "app": "shuhui",
                "unique_together": (("merchant_id", "business_key"),),
                "indexes": [Index(fields=["merchant_id", "template_id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(
            "ALTER TABLE template_budgets DROP CONSTRAINT template_budgets_pkey, ADD CONSTRAINT template_budgets_pkey PRIMARY KEY (merchant_id, id);"
            " ALTER TABLE coupon_refusals DROP CONSTRAINT coupon_refusals_pkey, ADD CONSTRAINT coupon_refusals_pkey PRIMARY KEY (merchant_id, id);"
            " ALTER TABLE template_budgets ADD CONSTRAINT template_budgets_template_fk FOREIGN KEY (merchant_id, template_id)"
            " REFERENCES coupon_templates (merchant_id, id);"
            " ALTER TABLE coupon_refusals ADD CONSTRAINT coupon_refusals_template_fk FOREIGN KEY (merchant_id, template_id)"
            " REFERENCES coupon_templates (merchant_id, id);"
            " ALTER TABLE coupon_refusals ADD CONSTRAINT coupon_refusals_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);"
            " ALTER TABLE template_budgets ADD CONSTRAINT template_budgets_within CHECK (promised_fen >= 0 AND spent_fen >= 0"
            " AND (budget_fen IS NULL OR promised_fen + spent_fen <= budget_fen));"
            " CREATE TRIGGER coupon_refusals_append_only BEFORE UPDATE OR DELETE ON coupon_refusals FOR EACH ROW EXECUTE FUNCTION forbid_change();"
            " CREATE TRIGGER coupon_refusals_kept BEFORE TRUNCATE ON coupon_refusals FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
        ),
    ]
