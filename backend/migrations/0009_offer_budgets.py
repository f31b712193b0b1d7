"""What an offer may give in all stands with its version; its accounts in the ledger belong to a row."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0008_point_lots")]
    initial = False
    operations = [
        ops.CreateModel(
            name="OfferBudget",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ("merchant_id", fields.UUIDField()),
                ("offer_id", fields.CharField(max_length=64)),
            ],
            options={
                "table": "offer_budgets",
                "app": "shuhui",
                "unique_together": (("merchant_id", "offer_id"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL(
            "ALTER TABLE offer_budgets DROP CONSTRAINT offer_budgets_pkey, ADD CONSTRAINT offer_budgets_pkey PRIMARY KEY (merchant_id, id)"
        ),
        ops.AddField(model_name="OfferVersion", name="budget_fen", field=fields.BigIntField(null=True)),
    ]
