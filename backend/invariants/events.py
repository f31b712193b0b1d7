"""E1–E3: the outbox, its consumers, and what the dashboard shows."""

from __future__ import annotations

from backend import analytics, automation, engagement, referrals
from backend.analytics import CONSUMER, TAKES
from backend.invariants.model import Invariant, Look, of

ORDER_EVENTS = f"""
SELECT CASE WHEN w.wanted IS DISTINCT FROM coalesce(e.n, 0) THEN format('order %s: %s %s, %s told', w.id, w.wanted, w.kind, coalesce(e.n, 0)) END AS wrong
FROM (SELECT o.merchant_id, o.id, k.kind, k.wanted FROM orders o CROSS JOIN LATERAL (VALUES ('OrderPlaced', 1), ('OrderPaid', (o.paid_at IS NOT NULL)::int),
        ('OrderCompleted', (o.completed_at IS NOT NULL)::int), ('OrderCancelled', (o.cancelled_at IS NOT NULL)::int), ('OrderRefunded', o.refunds)) k (kind, wanted)
      WHERE o.quote IS NOT NULL AND {of("o")}) w
LEFT JOIN (SELECT e.merchant_id, e.aggregate, e.kind, count(*) AS n FROM outbox_events e WHERE starts_with(e.aggregate, 'order:') AND {of("e")} GROUP BY 1, 2, 3) e
  ON e.merchant_id = w.merchant_id AND e.aggregate = 'order:' || w.id AND e.kind = w.kind
"""

COUPON_EVENTS = f"""
SELECT CASE WHEN coalesce(m.kind, e.kind) IS DISTINCT FROM e.kind OR m.n IS DISTINCT FROM e.n
       THEN format('coupon %s: %s %s to %s, %s told', coalesce(m.coupon_id, e.coupon_id), coalesce(m.n, 0), coalesce(m.kind, e.kind), coalesce(m.after, e.after), coalesce(e.n, 0)) END AS wrong
FROM (SELECT m.merchant_id, m.coupon_id, m.after, count(*) AS n,
             CASE WHEN m.before IS NOT NULL THEN 'CouponMoved' WHEN m.reason IN ('claim', 'link', 'shared_code', 'code', 'staff', 'partner') THEN 'CouponClaimed' ELSE 'CouponGranted' END AS kind
      FROM coupon_moves m WHERE {of("m")} GROUP BY 1, 2, 3, 5) m
FULL JOIN (SELECT e.merchant_id, (e.payload->>'coupon_id')::uuid AS coupon_id, coalesce(e.payload->>'after', 'issued') AS after, e.kind, count(*) AS n
           FROM outbox_events e WHERE e.kind IN ('CouponClaimed', 'CouponGranted', 'CouponMoved') AND {of("e")} GROUP BY 1, 2, 3, 4) e
  ON e.merchant_id = m.merchant_id AND e.coupon_id = m.coupon_id AND e.after = m.after AND e.kind = m.kind
"""

ACCOUNT_EVENTS = f"""
SELECT CASE WHEN coalesce(a.n, 0) <> coalesce(e.n, 0) THEN format('member %s, %s: %s movements, %s told', coalesce(a.owner_id, e.member_id), coalesce(a.unit, e.unit), coalesce(a.n, 0), coalesce(e.n, 0)) END AS wrong
FROM (SELECT a.merchant_id, a.owner_id, a.unit, count(*) AS n FROM accounts a JOIN entries x ON x.merchant_id = a.merchant_id AND x.account_id = a.id
      WHERE a.owner_kind = 'member' AND {of("a")} GROUP BY 1, 2, 3) a
FULL JOIN (SELECT e.merchant_id, (e.payload->>'member_id')::uuid AS member_id, e.payload->>'unit' AS unit, count(*) AS n FROM outbox_events e
           WHERE e.kind = 'AccountChanged' AND {of("e")} GROUP BY 1, 2, 3) e ON e.merchant_id = a.merchant_id AND e.member_id = a.owner_id AND e.unit = a.unit
"""

KINDS = ", ".join(f"'{kind}'" for kind in TAKES)
CONSUMERS = ", ".join(
    f"('{one.CONSUMER}', '{kind}')"
    for one in (analytics, automation, automation.levels, engagement, referrals)
    for kind in one.TAKES
)
"""(consumer, kind of event that it takes)."""

TAKEN_ONCE = f"""
SELECT CASE WHEN e.id IS NULL THEN format('consumer %s took event %s, which is not there', c.consumer, c.event_id)
            WHEN k.kind IS NULL THEN format('consumer %s took event %s (%s), which it does not take', c.consumer, e.id, e.kind)
            WHEN c.n > 1 THEN format('event %s (%s) took effect %s times for consumer %s', e.id, e.kind, c.n, c.consumer) END AS wrong
FROM (SELECT c.merchant_id, c.consumer, c.event_id, count(*) AS n FROM consumed_events c WHERE {of("c")} GROUP BY 1, 2, 3) c
LEFT JOIN outbox_events e ON e.merchant_id = c.merchant_id AND e.id = c.event_id
LEFT JOIN (VALUES {CONSUMERS}) k (consumer, kind) ON k.consumer = c.consumer AND k.kind = e.kind
"""


def _taken_all(consumer: str, due: str) -> str:
    """Of the events that are `due` to a consumer (id, merchant_id, kind), none was handed on without its mark."""
    return f"""
SELECT CASE WHEN c.event_id IS NULL THEN format('event %s (%s) was handed on and did not take effect for consumer {consumer}', e.id, e.kind) END AS wrong
FROM ({due}) e LEFT JOIN consumed_events c ON c.merchant_id = e.merchant_id AND c.event_id = e.id AND c.consumer = '{consumer}'
"""


SOLD = _taken_all(
    CONSUMER, f"SELECT e.* FROM outbox_events e WHERE e.kind IN ({KINDS}) AND e.relayed_at IS NOT NULL AND {of('e')}"
)
REFERRED = _taken_all(
    referrals.CONSUMER,
    f"""SELECT e.* FROM outbox_events e JOIN referrals r ON r.merchant_id = e.merchant_id AND r.friend_id::text = e.payload->>'member_id'
        AND r.bound_at < e.occurred_at - interval '1 minute'
        WHERE e.kind IN ({", ".join(f"'{kind}'" for kind in referrals.TAKES)}) AND e.relayed_at IS NOT NULL AND {of("e")}""",
)
REVIEWED = _taken_all(
    engagement.CONSUMER,
    f"""SELECT e.* FROM outbox_events e JOIN (SELECT v.merchant_id, v.order_id::text AS order_id, min(v.at) AS at FROM reviews v WHERE {of("v")} GROUP BY 1, 2) v
        ON v.merchant_id = e.merchant_id AND v.order_id = e.payload->>'order_id' AND v.at < e.occurred_at - interval '1 minute'
        WHERE e.kind IN ({", ".join(f"'{kind}'" for kind in engagement.TAKES)}) AND e.relayed_at IS NOT NULL AND {of("e")}""",
)
"""A consumer that takes only what concerns it reads its own table first: what was written there in the same minute may have been
committed after it looked. The two of levels came later than their events and a message needs a template: marks they lack say nothing."""

IN_ORDER = f"""
SELECT CASE WHEN before IS NULL AND handed IS NOT NULL OR before > handed THEN format('event %s of %s was handed on before an earlier one', id, aggregate) END AS wrong
FROM (SELECT e.id, e.aggregate, e.relayed_at AS handed, lag(e.relayed_at) OVER w AS before, lag(e.id) OVER w AS earlier FROM outbox_events e WHERE {of("e")}
      WINDOW w AS (PARTITION BY e.merchant_id, e.aggregate, coalesce(e.payload->>'coupon_id', e.payload->>'payout_id', e.payload->>'unit') ORDER BY e.sequence)) x
WHERE earlier IS NOT NULL
"""
"""Of one thing: an order, a payout, a coupon, an account of a member. What happens to two of them has no order."""

TAKEN = f"""
taken AS (SELECT e.merchant_id, e.kind, e.payload FROM outbox_events e JOIN consumed_events c ON c.merchant_id = e.merchant_id AND c.event_id = e.id
          AND c.consumer = '{CONSUMER}' WHERE e.kind IN ({KINDS}) AND {of("e")}),
sold AS (SELECT o.*, (o.paid_at AT TIME ZONE m.time_zone)::date AS day, to_timestamp(floor(extract(epoch FROM o.paid_at) / 300) * 300) AS bucket
         FROM taken t JOIN orders o ON o.merchant_id = t.merchant_id AND o.id = (t.payload->>'order_id')::uuid JOIN merchants m ON m.merchant_id = o.merchant_id
         WHERE t.kind = 'OrderPaid'),
back AS (SELECT r.*, o.store_id, (r.at AT TIME ZONE m.time_zone)::date AS day, to_timestamp(floor(extract(epoch FROM r.at) / 300) * 300) AS bucket
         FROM taken t JOIN refunds r ON r.merchant_id = t.merchant_id AND r.order_id = (t.payload->>'order_id')::uuid AND r.number = (t.payload->>'number')::int
         JOIN orders o ON o.merchant_id = r.merchant_id AND o.id = r.order_id JOIN merchants m ON m.merchant_id = r.merchant_id WHERE t.kind = 'OrderRefunded'),
claimed AS (SELECT c.merchant_id, coalesce(v.store_id, '00000000-0000-0000-0000-000000000000') AS store_id, (c.claimed_at AT TIME ZONE m.time_zone)::date AS day,
                   to_timestamp(floor(extract(epoch FROM c.claimed_at) / 300) * 300) AS bucket
            FROM taken t JOIN coupons c ON c.merchant_id = t.merchant_id AND c.id = (t.payload->>'coupon_id')::uuid
            JOIN coupon_moves v ON v.merchant_id = c.merchant_id AND v.coupon_id = c.id AND v.before IS NULL
            JOIN merchants m ON m.merchant_id = c.merchant_id WHERE t.kind = 'CouponClaimed')
"""
"""What the dashboard has been told of, read from the rows of the business."""


def _compare(what: str, shown: str, true: str, key: tuple[str, ...], figures: tuple[str, ...], source: str) -> str:
    """Rows of a rollup beside the same sums taken from the business, by key."""
    differ = " OR ".join(f"coalesce(s.{f}, 0) <> coalesce(t.{f}, 0)" for f in figures)
    told = ", ".join(f"coalesce(s.{f}, 0), coalesce(t.{f}, 0)" for f in figures)
    words = ", ".join(f"{f} %s/%s" for f in figures)
    names = ", ".join(f"coalesce(s.{k}::text, t.{k}::text)" for k in key)
    sums = ", ".join(f"sum({f}) AS {f}" for f in figures)
    return f"""
WITH {source}
SELECT CASE WHEN {differ} THEN format('{what} {" ".join("%s" for _ in key)}: shown/true {words}', {names}, {told}) END AS wrong
FROM (SELECT s.* FROM {shown} s WHERE {of("s")}) s
FULL JOIN (SELECT merchant_id, {", ".join(key)}, {sums} FROM ({true}) x GROUP BY merchant_id, {", ".join(key)}) t
  ON t.merchant_id = s.merchant_id AND {" AND ".join(f"t.{k} = s.{k}" for k in key)}
"""


SALES = _compare(
    "sales",
    "sales_rollups",
    """SELECT merchant_id, day, bucket, store_id, 1 AS orders, payable_fen AS revenue_fen, list_fen - goods_fen AS discount_fen,
         (SELECT sum((l->>'qty')::bigint) FROM jsonb_array_elements(quote->'lines') l) AS units,
         (SELECT sum((l->>'qty')::bigint) FROM jsonb_array_elements(quote->'lines') l WHERE jsonb_array_length(l->'offers') > 0) AS promoted_units, 0 AS coupons_claimed,
         (SELECT count(*) FROM jsonb_array_elements(quote->'offers') f WHERE starts_with(f->>'id', 'cpn_'))
         + (SELECT count(*) FROM jsonb_array_elements(quote->'earn') e WHERE starts_with(e->>'offer', 'cpn_')) AS coupons_redeemed, 0 AS refunds, 0 AS refunded_fen FROM sold
       UNION ALL SELECT merchant_id, day, bucket, store_id, 0, 0, 0, 0, 0, 0, 0, 1, refund_fen FROM back
       UNION ALL SELECT merchant_id, day, bucket, store_id, 0, 0, 0, 0, 0, 1, 0, 0, 0 FROM claimed""",
    ("day", "bucket", "store_id"),
    (
        "orders",
        "revenue_fen",
        "discount_fen",
        "units",
        "promoted_units",
        "coupons_claimed",
        "coupons_redeemed",
        "refunds",
        "refunded_fen",
    ),
    TAKEN,
)

ARTICLES = _compare(
    "article",
    "sku_rollups",
    """SELECT merchant_id, day, store_id, l->>'sku' AS sku, (l->>'qty')::bigint AS units, (l->>'payable')::bigint AS revenue_fen, 0 AS refunded_units, 0 AS refunded_fen
       FROM sold CROSS JOIN LATERAL jsonb_array_elements(quote->'lines') l
       UNION ALL SELECT merchant_id, day, store_id, l->>0, 0, 0, (l->>1)::bigint, (l->>2)::bigint FROM back CROSS JOIN LATERAL jsonb_array_elements(outcome->'lines') l""",
    ("day", "store_id", "sku"),
    ("units", "revenue_fen", "refunded_units", "refunded_fen"),
    TAKEN,
)

OFFERS = _compare(
    "offer",
    "offer_rollups",
    """SELECT merchant_id, day, store_id, f->>'id' AS offer_id, 1 AS orders, (f->>'off')::bigint AS discount_fen, 0 AS reversed_fen
       FROM sold CROSS JOIN LATERAL jsonb_array_elements(quote->'offers') f WHERE NOT starts_with(f->>'id', 'cpn_')
       UNION ALL SELECT merchant_id, day, store_id, e->>'offer', 1, 0, 0 FROM sold CROSS JOIN LATERAL jsonb_array_elements(quote->'earn') e WHERE NOT starts_with(e->>'offer', 'cpn_')
       UNION ALL SELECT merchant_id, day, store_id, f->>0, 0, 0, (f->>2)::bigint FROM back CROSS JOIN LATERAL jsonb_array_elements(outcome->'offs') f
       WHERE NOT starts_with(f->>0, 'cpn_')""",
    ("day", "store_id", "offer_id"),
    ("orders", "discount_fen", "reversed_fen"),
    TAKEN,
)

EVENTS = (
    Invariant(
        "E1",
        "变更与事件一起提交，每个事件对每个消费者只生效一次",
        "A change and its event are committed together; every event takes effect once for each consumer",
        (
            Look("events of orders", ORDER_EVENTS),
            Look("events of coupons", COUPON_EVENTS),
            Look("events of accounts", ACCOUNT_EVENTS),
            Look("taken once", TAKEN_ONCE),
            Look("taken by the dashboard", SOLD),
            Look("taken for referrals", REFERRED, needs=("referrals",)),
            Look("taken for reviews", REVIEWED, needs=("reviews",)),
        ),
    ),
    Invariant(
        "E2",
        "同一对象的事件按顺序生效",
        "Events of one aggregate take effect in order",
        (Look("handed on in order", IN_ORDER),),
    ),
    Invariant(
        "E3",
        "看板显示的等于直接查询的",
        "What the dashboard shows equals a direct query over what it has been told of",
        (Look("sales", SALES), Look("articles", ARTICLES), Look("offers", OFFERS)),
    ),
)
