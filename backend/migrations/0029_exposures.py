"""Exposures of drops by placement and day, and what each coupon took off its order (K02, K12). Coupons of orders of before learn it
from the frozen prices and the refunds."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from backend.kit.ids import new_id

TOOK = """
UPDATE coupons c SET locked_at = coalesce((SELECT max(m.at) FROM coupon_moves m WHERE m.merchant_id = c.merchant_id AND m.coupon_id = c.id AND m.after = 'locked'), c.claimed_at),
  took_fen = greatest(0, coalesce((SELECT sum((x.value->>'off')::bigint) FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'offers') x
      WHERE o.merchant_id = c.merchant_id AND o.id = c.order_id AND x.value->>'id' = 'cpn_' || replace(c.id::text, '-', '')), 0)
    - coalesce((SELECT sum((f.value->>2)::bigint) FROM refunds r CROSS JOIN LATERAL jsonb_array_elements(r.outcome->'offs') f
      WHERE r.merchant_id = c.merchant_id AND r.order_id = c.order_id AND f.value->>0 = 'cpn_' || replace(c.id::text, '-', '')), 0))
WHERE c.order_id IS NOT NULL
"""


def _row(*fields_of):
    return [("id", fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)), ("merchant_id", fields.UUIDField()), *fields_of]


class Migration(migrations.Migration):
    dependencies = [("shuhui", "0028_presale_reminders")]
    initial = False
    operations = [
        ops.CreateModel(
            name="DropExposure",
            fields=_row(
                ("drop_id", fields.UUIDField()),
                ("placement", fields.CharField(max_length=8)),
                ("day", fields.DateField()),
                ("store_id", fields.UUIDField(null=True)),
                ("views", fields.BigIntField()),
                ("viewers", fields.BigIntField()),
            ),
            options={"table": "drop_exposures", "app": "shuhui", "pk_attr": "id"},
            bases=["Row"],
        ),
        ops.CreateModel(
            name="DropViewer",
            fields=_row(
                ("member_id", fields.UUIDField()),
                ("drop_id", fields.UUIDField()),
                ("placement", fields.CharField(max_length=8)),
                ("day", fields.DateField()),
                ("views", fields.IntField()),
            ),
            options={
                "table": "drop_viewers",
                "app": "shuhui",
                "unique_together": (("merchant_id", "member_id", "drop_id", "placement", "day"),),
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.RunSQL("ALTER TABLE drop_exposures DROP CONSTRAINT drop_exposures_pkey, ADD CONSTRAINT drop_exposures_pkey PRIMARY KEY (merchant_id, id)"),
        ops.RunSQL("ALTER TABLE drop_viewers DROP CONSTRAINT drop_viewers_pkey, ADD CONSTRAINT drop_viewers_pkey PRIMARY KEY (merchant_id, id)"),
        ops.RunSQL(
            "ALTER TABLE drop_exposures ADD CONSTRAINT drop_exposures_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id)"
        ),
        ops.RunSQL("ALTER TABLE drop_exposures ADD CONSTRAINT drop_exposures_within CHECK (views >= viewers AND viewers >= 0)"),
        ops.RunSQL("ALTER TABLE drop_viewers ADD CONSTRAINT drop_viewers_within CHECK (views > 0)"),
        ops.RunSQL(
            "CREATE UNIQUE INDEX drop_exposures_once ON drop_exposures (merchant_id, drop_id, placement, day, store_id) NULLS NOT DISTINCT"
        ),
        ops.RunSQL("CREATE INDEX drop_viewers_by_day ON drop_viewers (day)"),
        ops.AddField(model_name="Coupon", name="locked_at", field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name="Coupon", name="took_fen", field=fields.BigIntField(db_default=0)),
        ops.RunSQL(TOOK),
        ops.RunSQL(
            "ALTER TABLE coupons ADD CONSTRAINT coupons_took CHECK ((order_id IS NULL) = (locked_at IS NULL) AND took_fen >= 0 AND (order_id IS NOT NULL OR took_fen = 0))"
        ),
    ]
