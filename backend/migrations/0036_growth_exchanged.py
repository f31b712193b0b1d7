"""Growth value may be exchanged in the mall, for points or coupons (B04)."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

GIVES = (
    "CHECK (unit IN ('points', 'growth') AND (unit = 'points' OR balance_fen IS NULL) AND (kind = 'points') = (gives_points IS NOT NULL) AND CASE kind"
    " WHEN 'coupon' THEN template_id IS NOT NULL AND sku IS NULL AND balance_fen IS NULL"
    " WHEN 'article' THEN template_id IS NOT NULL AND sku IS NOT NULL AND balance_fen IS NULL"
    " WHEN 'balance' THEN template_id IS NULL AND sku IS NULL AND balance_fen > 0"
    " WHEN 'points' THEN unit = 'growth' AND gives_points > 0 AND num_nonnulls(template_id, sku, balance_fen) = 0 ELSE false END)"
)
EXCHANGED = (
    "CHECK (points > 0 AND unit IN ('points', 'growth') AND num_nonnulls(coupon_id, balance_fen, gives_points) = 1 "
    "AND state IN ('done', 'voided') AND (state = 'voided') = (voided_at IS NOT NULL) AND num_nulls(voided_at, voided_by, void_reason) IN (0, 3))"
)


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0035_pickups")]
    initial = False
    operations = [
        ops.AddField(model_name="Member", name="growth_owed", field=fields.BigIntField(db_default=0)),
        ops.AddField(model_name="Member", name="growth_spent", field=fields.BigIntField(db_default=0)),
        ops.AddField(model_name="MallItem", name="gives_points", field=fields.IntField(null=True)),
        ops.AddField(model_name="MallItem", name="unit", field=fields.CharField(max_length=8, db_default="points")),
        ops.AddField(model_name="MallExchange", name="unit", field=fields.CharField(max_length=8, db_default="points")),
        ops.AddField(model_name="MallExchange", name="gives_points", field=fields.IntField(null=True)),
        ops.RunSQL(
            "ALTER TABLE members DROP CONSTRAINT members_growth, ADD CONSTRAINT members_growth CHECK (growth >= 0 AND growth_period >= 0"
            " AND completed_orders >= 0 AND growth_owed BETWEEN 0 AND growth_spent)"
        ),
        ops.RunSQL(f"ALTER TABLE mall_items DROP CONSTRAINT mall_items_gives, ADD CONSTRAINT mall_items_gives {GIVES}"),
        ops.RunSQL(f"ALTER TABLE mall_exchanges DROP CONSTRAINT mall_exchanges_state, ADD CONSTRAINT mall_exchanges_state {EXCHANGED}"),
    ]
