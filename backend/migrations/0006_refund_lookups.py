"""Looked up by what is asked: coupons of an order, open payouts, refunded orders, orders by the beginning of their number."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0005_refunds")]
    initial = False
    operations = [
        ops.RunSQL("CREATE INDEX coupons_of_order ON coupons (merchant_id, order_id) WHERE order_id IS NOT NULL"),
        ops.RunSQL("CREATE INDEX payouts_open ON payouts (merchant_id, order_id) WHERE state <> 'succeeded'"),
        ops.RunSQL("CREATE INDEX orders_with_refunds ON orders (merchant_id, id) WHERE refunds > 0"),
        ops.RunSQL('CREATE INDEX orders_by_number ON orders (merchant_id, number COLLATE "C")'),
    ]
