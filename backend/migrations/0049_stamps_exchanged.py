"""Stamps may be exchanged in the mall, for coupons and articles (B01)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

GIVES = (
    "CHECK (unit IN ('points', 'growth', 'stamps') AND (unit = 'points' OR balance_fen IS NULL) AND (kind = 'points') = (gives_points IS NOT NULL) AND CASE kind"
    " WHEN 'coupon' THEN template_id IS NOT NULL AND sku IS NULL AND balance_fen IS NULL"
    " WHEN 'article' THEN template_id IS NOT NULL AND sku IS NOT NULL AND balance_fen IS NULL"
    " WHEN 'balance' THEN template_id IS NULL AND sku IS NULL AND balance_fen > 0"
    " WHEN 'points' THEN unit = 'growth' AND gives_points > 0 AND num_nonnulls(template_id, sku, balance_fen) = 0 ELSE false END)"
)
EXCHANGED = (
    "CHECK (points > 0 AND unit IN ('points', 'growth', 'stamps') AND num_nonnulls(coupon_id, balance_fen, gives_points) = 1 "
    "AND state IN ('done', 'voided') AND (state = 'voided') = (voided_at IS NOT NULL) AND num_nulls(voided_at, voided_by, void_reason) IN (0, 3))"
)


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0051_template_budgets")]
    initial = False
    operations = [
        ops.RunSQL(f"ALTER TABLE mall_items DROP CONSTRAINT mall_items_gives, ADD CONSTRAINT mall_items_gives {GIVES}"),
        ops.RunSQL(
            f"ALTER TABLE mall_exchanges DROP CONSTRAINT mall_exchanges_state, ADD CONSTRAINT mall_exchanges_state {EXCHANGED}"
        ),
    ]
