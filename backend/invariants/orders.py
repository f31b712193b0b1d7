"""O1–O7: orders, their stock, their money."""

from __future__ import annotations

from backend.invariants import presales, repriced
from backend.invariants.coupons import LIVE, USED_COUPONS
from backend.invariants.families import FAMILY_SPENDS
from backend.invariants.model import Invariant, Look, of
from backend.invariants.presales import COUNTED_STATES, HELD_STATES

TENDERS = f"""
SELECT CASE WHEN o.due_fen + o.deposit_fen + coalesce(t.fen, 0) <> o.payable_fen
              THEN format('order %s: %s in cash, %s of a deposit and %s in tenders make %s', o.id, o.due_fen, o.deposit_fen, coalesce(t.fen, 0), o.payable_fen)
            WHEN l.goods IS DISTINCT FROM o.goods_fen THEN format('order %s: lines of %s make goods of %s', o.id, l.goods, o.goods_fen) END AS wrong
FROM orders o CROSS JOIN LATERAL (SELECT sum((x.value->>'fen')::bigint) AS fen FROM jsonb_array_elements(o.quote->'tenders') x) t
LEFT JOIN (SELECT l.merchant_id, l.order_id, sum(l.payable_fen) AS goods FROM order_lines l WHERE {of("l")} GROUP BY 1, 2) l
  ON l.merchant_id = o.merchant_id AND l.order_id = o.id
WHERE o.quote IS NOT NULL AND {of("o")}
"""

REFUND_SUMS = f"""
SELECT CASE WHEN o.refunded_fen <> coalesce(r.total, 0) OR o.refunded_fen > o.payable_fen OR o.refunds <> coalesce(r.n, 0) OR coalesce(r.last, 0) <> coalesce(r.n, 0)
              THEN format('order %s: refunded %s of %s, %s batches make %s', o.number, o.refunded_fen, o.payable_fen, coalesce(r.n, 0), coalesce(r.total, 0))
            WHEN o.state = 'refunded' AND o.refunded_fen <> o.payable_fen - CASE WHEN (o.request->'policy'->>'refund_shipping')::boolean IS FALSE THEN o.shipping_fen ELSE 0 END
              THEN format('order %s: all is returned, yet %s of %s is refunded', o.number, o.refunded_fen, o.payable_fen) END AS wrong
FROM orders o LEFT JOIN (SELECT r.merchant_id, r.order_id, sum(r.refund_fen) AS total, count(*) AS n, max(r.number) AS last FROM refunds r WHERE {of("r")} GROUP BY 1, 2) r
  ON r.merchant_id = o.merchant_id AND r.order_id = o.id
WHERE {of("o")}
"""

REFUND_CASH = f"""
SELECT CASE WHEN sum(r.cash_fen) > o.due_fen + o.deposit_fen OR sum(r.cash_fen) <> coalesce(sum(p.fen), 0) OR coalesce(sum(p.rest), 0) <> least(sum(r.cash_fen), o.due_fen)
       THEN format('order %s: %s paid in cash, %s back, %s sent%s', o.number, o.due_fen, sum(r.cash_fen), coalesce(sum(p.fen), 0),
                   CASE WHEN o.presale_id IS NOT NULL THEN format('; %s by a deposit, %s sent to its own payment', o.deposit_fen, coalesce(sum(p.rest), 0)) END) END AS wrong
FROM refunds r JOIN orders o ON o.merchant_id = r.merchant_id AND o.id = r.order_id
LEFT JOIN (SELECT p.merchant_id, p.refund_id, sum(p.amount_fen) AS fen, sum(p.amount_fen) FILTER (WHERE p.transaction_id = o.payment_id) AS rest
           FROM payouts p JOIN orders o ON o.merchant_id = p.merchant_id AND o.id = p.order_id WHERE p.refund_id IS NOT NULL AND {of("p")} GROUP BY 1, 2) p
  ON p.merchant_id = r.merchant_id AND p.refund_id = r.id
WHERE {of("r")} GROUP BY o.merchant_id, o.id, o.number, o.due_fen, o.deposit_fen, o.presale_id
"""

OWED = f"""
SELECT CASE WHEN coalesce(b.fen, 0) <> coalesce(w.fen, 0)
       THEN format('member %s: %s booked as owed, %s on its way', coalesce(b.member_id, w.member_id), coalesce(b.fen, 0), coalesce(w.fen, 0)) END AS wrong
FROM (SELECT a.merchant_id, a.owner_id AS member_id, a.balance AS fen FROM accounts a WHERE a.unit = 'refund_due' AND a.owner_kind = 'member' AND {of("a")}) b
FULL JOIN (SELECT p.merchant_id, coalesce(o.member_id, s.member_id) AS member_id, sum(p.amount_fen) AS fen FROM payouts p LEFT JOIN orders o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
           LEFT JOIN presales s ON s.merchant_id = p.merchant_id AND s.id = p.presale_id WHERE p.state <> 'succeeded' AND {of("p")} GROUP BY 1, 2) w ON w.merchant_id = b.merchant_id AND w.member_id = b.member_id
"""

STOCK = f"""
SELECT CASE WHEN s.on_hand + s.reserved + s.sold - s.returned <> s.received OR least(s.on_hand, s.reserved, s.sold, s.returned) < 0
       THEN format('stock %s at store %s: %s + %s + %s - %s is not %s', s.sku, s.store_id, s.on_hand, s.reserved, s.sold, s.returned, s.received) END AS wrong
FROM stock s WHERE {of("s")}
"""

STOCK_OF_ORDERS = f"""
SELECT CASE WHEN s.reserved <> coalesce(o.reserved, 0) + coalesce(h.units, 0) OR s.sold <> coalesce(o.sold, 0) OR s.returned <> coalesce(r.units, 0)
       THEN format('stock %s at store %s: %s reserved, %s sold, %s returned; orders say %s, %s, %s', s.sku, s.store_id, s.reserved, s.sold, s.returned,
                   coalesce(o.reserved, 0) + coalesce(h.units, 0), coalesce(o.sold, 0), coalesce(r.units, 0)) END AS wrong
FROM stock s
LEFT JOIN (SELECT o.merchant_id, o.store_id, l.sku, sum(l.qty) FILTER (WHERE o.state = 'awaiting_payment') AS reserved,
                  sum(l.qty) FILTER (WHERE o.state IN ('paid', 'completed', 'refunded')) AS sold
           FROM orders o JOIN order_lines l ON l.merchant_id = o.merchant_id AND l.order_id = o.id
           WHERE o.quote IS NOT NULL AND o.takes_stock AND {of("o")} GROUP BY 1, 2, 3) o ON o.merchant_id = s.merchant_id AND o.store_id = s.store_id AND o.sku = s.sku
LEFT JOIN (SELECT o.merchant_id, o.store_id, u.value->>0 AS sku, sum((u.value->>1)::bigint) AS units
           FROM refunds r JOIN orders o ON o.merchant_id = r.merchant_id AND o.id = r.order_id CROSS JOIN LATERAL jsonb_array_elements(r.units) u
           WHERE r.restocked AND o.takes_stock AND {of("r")} GROUP BY 1, 2, 3) r ON r.merchant_id = s.merchant_id AND r.store_id = s.store_id AND r.sku = s.sku
LEFT JOIN (SELECT p.merchant_id, p.store_id, u.value->>0 AS sku, sum((u.value->>1)::bigint) AS units FROM presales p CROSS JOIN LATERAL jsonb_array_elements(p.units) u
           WHERE p.state IN {HELD_STATES} AND p.order_id IS NULL AND {of("p")} GROUP BY 1, 2, 3) h ON h.merchant_id = s.merchant_id AND h.store_id = s.store_id AND h.sku = s.sku
WHERE {of("s")}
"""

COUPONS_OF_ORDERS = f"""
SELECT CASE WHEN u.coupon_id IS NULL THEN format('coupon %s is held by order %s, which does not use it', c.id, c.order_id)
            WHEN c.order_id IS DISTINCT FROM u.order_id THEN format('order %s was priced with coupon %s and does not hold it', u.order_id, u.coupon_id) END AS wrong
FROM ({USED_COUPONS}) u FULL JOIN (SELECT c.* FROM coupons c JOIN orders o ON o.merchant_id = c.merchant_id AND o.id = c.order_id AND o.state IN {LIVE} WHERE {of("c")}) c
  ON c.merchant_id = u.merchant_id AND c.id = u.coupon_id AND c.order_id = u.order_id
"""

TAKEN_BY_COUPONS = f"""
SELECT CASE WHEN c.took_fen <> coalesce(q.fen, 0) - coalesce(b.fen, 0) THEN format('coupon %s took %s off order %s, which says %s less %s', c.id, c.took_fen, c.order_id, coalesce(q.fen, 0), coalesce(b.fen, 0)) END AS wrong
FROM coupons c
LEFT JOIN (SELECT o.merchant_id, o.id, x.value->>'id' AS coupon, sum((x.value->>'off')::bigint) AS fen FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'offers') x
           WHERE o.quote IS NOT NULL AND starts_with(x.value->>'id', 'cpn_') AND {of("o")} GROUP BY 1, 2, 3) q
  ON q.merchant_id = c.merchant_id AND q.id = c.order_id AND q.coupon = 'cpn_' || replace(c.id::text, '-', '')
LEFT JOIN (SELECT r.merchant_id, r.order_id, x.value->>0 AS coupon, sum((x.value->>2)::bigint) AS fen FROM refunds r CROSS JOIN LATERAL jsonb_array_elements(r.outcome->'offs') x
           WHERE starts_with(x.value->>0, 'cpn_') AND {of("r")} GROUP BY 1, 2, 3) b
  ON b.merchant_id = c.merchant_id AND b.order_id = c.order_id AND b.coupon = 'cpn_' || replace(c.id::text, '-', '')
WHERE c.order_id IS NOT NULL AND {of("c")}
"""
"""What a coupon says that it took off its order (K12) is what the order says."""

LENT = "CASE x.value->>'kind' WHEN 'points' THEN coalesce((SELECT sum(f.points) FROM family_spends f WHERE f.merchant_id = o.merchant_id AND f.order_id = o.id), 0) ELSE 0 END"
"""Points of an order that are others' of the family: they are held of their accounts."""

WORTH = """
  SELECT e.key AS offer_id, (e.value->>1)::bigint AS fen FROM jsonb_each(o.quote->'earn_taken') e
  UNION ALL SELECT g.value->>'offer', sum((g.value->>'list')::bigint)::bigint FROM jsonb_array_elements(o.quote->'gifts') g GROUP BY 1
"""
"""Fen of budgets that an order `o` takes beside its discounts: what it earns is worth, and gifts at their list price."""

HOLDS_OF_ORDERS = f"""
SELECT CASE WHEN t.business_key IS NULL THEN format('hold %s of %s is open for no order', h.business_key, h.amount)
            WHEN h.id IS NULL OR h.amount <> t.amount OR NOT (h.state = t.wanted OR t.wanted = 'voided' AND h.state = 'expired' AND h.expires_at IS NOT NULL)
              THEN format('%s: order is %s, %s held of %s, hold is %s', t.business_key, t.state, coalesce(h.amount, 0), t.amount, coalesce(h.state, 'not there')) END AS wrong
FROM (SELECT o.merchant_id, o.state, format('order:%s:%s', o.id, x.value->>'kind') AS business_key,
             CASE o.state WHEN 'awaiting_payment' THEN 'open' WHEN 'cancelled' THEN 'voided' ELSE 'posted' END AS wanted,
             sum((CASE x.value->>'kind' WHEN 'points' THEN x.value->>'points' ELSE x.value->>'fen' END)::bigint) - {LENT} AS amount
      FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'tenders') x
      WHERE o.quote IS NOT NULL AND (x.value->>'fen')::bigint > 0 AND {of("o")} GROUP BY o.merchant_id, o.id, o.state, x.value->>'kind'
      HAVING sum((CASE x.value->>'kind' WHEN 'points' THEN x.value->>'points' ELSE x.value->>'fen' END)::bigint) <> {LENT}
      UNION ALL
      SELECT o.merchant_id, o.state, format('order:%s:points:%s', o.id, f.member_id),
             CASE o.state WHEN 'awaiting_payment' THEN 'open' WHEN 'cancelled' THEN 'voided' ELSE 'posted' END, f.points
      FROM family_spends f JOIN orders o ON o.merchant_id = f.merchant_id AND o.id = f.order_id WHERE {of("f")}
      UNION ALL
      SELECT o.merchant_id, o.state, format('order:%s:budget:%s', o.id, x.value->>'id'),
             CASE o.state WHEN 'awaiting_payment' THEN 'open' WHEN 'cancelled' THEN 'voided' ELSE 'posted' END, (x.value->>'off')::bigint
      FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'offers') x
      WHERE (o.request->'budget') ? (x.value->>'id') AND (x.value->>'off')::bigint > 0 AND {of("o")}
      UNION ALL
      SELECT o.merchant_id, o.state, format('order:%s:budget:%s', o.id, x.offer_id),
             CASE o.state WHEN 'awaiting_payment' THEN 'open' WHEN 'cancelled' THEN 'voided' ELSE 'posted' END, x.fen
      FROM orders o CROSS JOIN LATERAL ({WORTH}) x WHERE (o.request->'budget') ? x.offer_id AND x.fen > 0 AND {of("o")}) t
FULL JOIN (SELECT h.* FROM holds h WHERE (starts_with(h.business_key, 'order:')) AND {of("h")}) h
  ON h.merchant_id = t.merchant_id AND h.business_key = t.business_key
WHERE t.business_key IS NOT NULL OR h.state = 'open'
"""

PACKETS_OF_ORDERS = f"""
SELECT CASE WHEN coalesce(t.fen, 0) <> coalesce(p.fen, 0)
       THEN format('order %s: its quote takes %s of red packet %s, its hold %s', coalesce(t.id, p.id), coalesce(t.fen, 0), coalesce(t.lot, p.lot), coalesce(p.fen, 0)) END AS wrong
FROM (SELECT o.id::text AS id, replace(x.value->>'id', 'rpk_', '')::uuid AS lot, (x.value->>'fen')::bigint AS fen
      FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'tenders') x WHERE x.value->>'kind' = 'red_packet' AND {of("o")}) t
FULL JOIN (SELECT split_part(h.business_key, ':', 2) AS id, x.lot_id AS lot, x.amount AS fen FROM holds h
           JOIN held_parts x ON x.merchant_id = h.merchant_id AND x.hold_id = h.id
           WHERE starts_with(h.business_key, 'order:') AND split_part(h.business_key, ':', 3) = 'red_packet' AND {of("h")}) p ON p.id = t.id AND p.lot = t.lot
"""
"""An order takes of each red packet what its quote says, and of no other."""

BUDGETS_OF_ORDERS = f"""
SELECT CASE WHEN b.held + g.balance <> coalesce(x.fen, 0)
       THEN format('budget of %s: %s promised, %s given; its orders were given %s', m.offer_id, b.held, g.balance, coalesce(x.fen, 0)) END AS wrong
FROM offer_budgets m JOIN accounts b ON b.merchant_id = m.merchant_id AND b.owner_id = m.id AND b.owner_kind = 'budget'
JOIN (SELECT m.id, coalesce(a.balance, 0) AS balance FROM offer_budgets m LEFT JOIN accounts a
      ON a.merchant_id = m.merchant_id AND a.owner_id = m.id AND a.owner_kind = 'given' WHERE {of("m")}) g ON g.id = m.id
LEFT JOIN (SELECT merchant_id, offer_id, sum(fen) AS fen FROM (
    SELECT o.merchant_id, x.value->>'id' AS offer_id, (x.value->>'off')::bigint AS fen
    FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'offers') x
    WHERE o.state <> 'cancelled' AND (o.request->'budget') ? (x.value->>'id') AND {of("o")}
    UNION ALL SELECT o.merchant_id, x.offer_id, x.fen FROM orders o CROSS JOIN LATERAL ({WORTH}) x
    WHERE o.state <> 'cancelled' AND (o.request->'budget') ? x.offer_id AND {of("o")}
    UNION ALL SELECT r.merchant_id, x.value->>0, -(x.value->>1)::bigint FROM refunds r CROSS JOIN LATERAL jsonb_array_elements(r.outcome->'brings') x WHERE {of("r")}
    UNION ALL SELECT o.merchant_id, x.value->>0, -(x.value->>2)::bigint FROM refunds r JOIN orders o ON o.merchant_id = r.merchant_id AND o.id = r.order_id
    CROSS JOIN LATERAL jsonb_array_elements(r.outcome->'offs') x WHERE (o.request->'budget') ? (x.value->>0) AND {of("r")}) y GROUP BY 1, 2) x
  ON x.merchant_id = m.merchant_id AND x.offer_id = m.offer_id
WHERE {of("m")}
"""
"""What is promised and given of a budget is what its orders were given less what refunds took back."""

TAKEN = f"""
  SELECT o.merchant_id, x.value->>'id' AS offer_id, o.member_id, (x.value->>'uses')::bigint AS n, o.placed_at AS at
  FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'offers') x
  WHERE o.quote IS NOT NULL AND o.state <> 'cancelled' AND {of("o")}
    AND NOT coalesce(o.request->'cart'->'deposits', '[]'::jsonb) @> jsonb_build_array(jsonb_build_object('offer', x.value->>'id'))
  UNION ALL SELECT o.merchant_id, e.key, o.member_id, (e.value->>0)::bigint, o.placed_at
  FROM orders o CROSS JOIN LATERAL jsonb_each(o.quote->'earn_taken') e WHERE o.state <> 'cancelled' AND {of("o")}
  UNION ALL SELECT p.merchant_id, p.offer_id, p.member_id, p.qty, p.placed_at FROM presales p WHERE p.state IN {COUNTED_STATES} AND {of("p")}
  UNION ALL SELECT o.merchant_id, u.value->>0, o.member_id, -(u.value->>1)::bigint, o.placed_at
  FROM refunds r JOIN orders o ON o.merchant_id = r.merchant_id AND o.id = r.order_id CROSS JOIN LATERAL jsonb_array_elements(r.outcome->'uses') u
  WHERE {of("r")}
"""
"""Uses of offers, each when its order was placed: what orders and pre-sales took less what refunds gave back. A pre-sale counts its
own offer, its order does not."""

USES = f"SELECT merchant_id, offer_id, member_id, sum(n) AS n FROM ({TAKEN}) x GROUP BY 1, 2, 3"

USES_OF_DAYS = f"""
SELECT x.merchant_id, x.offer_id, x.member_id, (x.at AT TIME ZONE m.time_zone)::date AS day, sum(x.n) AS n
FROM ({TAKEN}) x JOIN merchants m ON m.merchant_id = x.merchant_id AND m.id = x.merchant_id GROUP BY 1, 2, 3, 4
"""

LIMITED_A_DAY = f"""
WITH limits AS (
  SELECT v.merchant_id, v.offer_id, max((v.definition->'limits'->>'per_day')::bigint) AS per_day FROM offer_versions v
  WHERE (v.definition->'limits'->>'per_day') IS NOT NULL AND {of("v")} GROUP BY 1, 2
), used AS (SELECT u.* FROM ({USES_OF_DAYS}) u JOIN limits l ON l.merchant_id = u.merchant_id AND l.offer_id = u.offer_id)
SELECT CASE WHEN coalesce(c.used, 0) <> coalesce(u.n, 0)
              THEN format('offer %s, member %s on %s: %s counted, orders used %s', coalesce(c.offer_id, u.offer_id), coalesce(c.member_id, u.member_id), coalesce(c.day, u.day), coalesce(c.used, 0), coalesce(u.n, 0))
            WHEN u.n > l.per_day THEN format('offer %s, member %s on %s: %s had of %s a day', u.offer_id, u.member_id, u.day, u.n, l.per_day) END AS wrong
FROM used u FULL JOIN (SELECT d.* FROM offer_member_days d WHERE {of("d")}) c
  ON c.merchant_id = u.merchant_id AND c.offer_id = u.offer_id AND c.member_id = u.member_id AND c.day = u.day
LEFT JOIN limits l ON l.merchant_id = u.merchant_id AND l.offer_id = u.offer_id
"""
"""Of offers that are limited a day: what is counted of each member's day is what was had on it, and never above the limit (P10)."""

GIVEN = f"""
SELECT merchant_id, offer_id, sum(n) AS n FROM (
  SELECT o.merchant_id, g.value->>'offer' AS offer_id, (g.value->>'qty')::bigint AS n FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'gifts') g
  WHERE o.state <> 'cancelled' AND (o.request->'gift_quota') ? (g.value->>'offer') AND {of("o")}
  UNION ALL SELECT r.merchant_id, g.value->>0, -(g.value->>1)::bigint FROM refunds r CROSS JOIN LATERAL jsonb_array_elements(r.outcome->'gifts') g WHERE {of("r")}) x GROUP BY 1, 2
"""

GIFTS_OF_ORDERS = f"""
SELECT CASE WHEN c.taken <> coalesce(g.n, 0) THEN format('gifts of offer %s: %s counted, orders were given %s', c.offer_id, c.taken, coalesce(g.n, 0)) END AS wrong
FROM offer_gifts c LEFT JOIN ({GIVEN}) g ON g.merchant_id = c.merchant_id AND g.offer_id = c.offer_id WHERE {of("c")}
"""
"""Pieces taken of a quota of gifts (P12) are those of orders with that quota, less what came back with refunds."""

GIFT_QUOTAS = f"""
SELECT CASE WHEN g.n > v.quota OR c.quota <> v.quota THEN format('gifts of offer %s: %s given of %s, its rule says %s', v.offer_id, coalesce(g.n, 0), c.quota, v.quota) END AS wrong
FROM (SELECT v.merchant_id, v.offer_id, max((v.definition->>'quota')::bigint) AS quota FROM offer_versions v
      WHERE v.definition->>'type' = 'spend_gift' AND (v.definition->>'quota') IS NOT NULL AND {of("v")} GROUP BY 1, 2) v
LEFT JOIN offer_gifts c ON c.merchant_id = v.merchant_id AND c.offer_id = v.offer_id
LEFT JOIN ({GIVEN}) g ON g.merchant_id = v.merchant_id AND g.offer_id = v.offer_id
"""

COUNTED_USES = f"""
SELECT CASE WHEN c.used <> coalesce(u.n, 0) THEN format('offer %s: %s counted, orders used %s', c.offer_id, c.used, coalesce(u.n, 0)) END AS wrong
FROM offer_uses c LEFT JOIN (SELECT merchant_id, offer_id, sum(n) AS n FROM ({USES}) x GROUP BY 1, 2) u
  ON u.merchant_id = c.merchant_id AND u.offer_id = c.offer_id WHERE {of("c")}
UNION ALL
SELECT CASE WHEN c.used <> coalesce(u.n, 0) THEN format('offer %s, member %s: %s counted, orders used %s', c.offer_id, c.member_id, c.used, coalesce(u.n, 0)) END
FROM offer_member_uses c LEFT JOIN ({USES}) u ON u.merchant_id = c.merchant_id AND u.offer_id = c.offer_id AND u.member_id = c.member_id WHERE {of("c")}
"""

ACTIVITY_STOCK = f"""
WITH limits AS (
  SELECT v.merchant_id, v.offer_id, max((v.definition->'limits'->>'stock')::bigint) AS stock, max((v.definition->'limits'->>'per_customer')::bigint) AS per_customer
  FROM offer_versions v WHERE (v.definition->'limits') IS NOT NULL AND {of("v")} GROUP BY 1, 2
), used AS ({USES})
SELECT CASE WHEN sum(u.n) > l.stock THEN format('offer %s: %s sold of %s', l.offer_id, sum(u.n), l.stock) END AS wrong
FROM limits l JOIN used u ON u.merchant_id = l.merchant_id AND u.offer_id = l.offer_id WHERE l.stock IS NOT NULL GROUP BY l.merchant_id, l.offer_id, l.stock
UNION ALL
SELECT CASE WHEN u.n > l.per_customer THEN format('offer %s, member %s: %s had of %s', l.offer_id, u.member_id, u.n, l.per_customer) END
FROM limits l JOIN used u ON u.merchant_id = l.merchant_id AND u.offer_id = l.offer_id WHERE l.per_customer IS NOT NULL
"""

BALANCED_ENTRIES = f"""
SELECT CASE WHEN coalesce(sum(l.fen), 0) <> 0 THEN format('entry %s: debit less credit is %s', e.business_key, sum(l.fen))
            WHEN count(l.id) = 0 AND e.kind <> 'refund' THEN format('entry %s has no lines', e.business_key) END AS wrong
FROM journal_entries e LEFT JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id WHERE {of("e")} GROUP BY e.merchant_id, e.id, e.business_key
"""

"""A refund of gifts alone gives nothing back and has no lines; that no other lacks them is seen by its figures below."""

DISCOUNTS_OF_ORDERS = f"""
SELECT CASE WHEN coalesce(x.off, 0) <> coalesce(b.fen, 0)
       THEN format('order %s: offer %s of level %s gives %s, booked are %s', coalesce(x.id, b.id), coalesce(x.offer, b.offer), coalesce(x.level, b.level), coalesce(x.off, 0), coalesce(b.fen, 0)) END AS wrong
FROM (SELECT o.id, x.value->>'id' AS offer, x.value->>'level' AS level, (x.value->>'off')::bigint AS off
      FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'offers') x
      WHERE o.paid_at IS NOT NULL AND (x.value->>'off')::bigint > 0 AND {of("o")}) x
FULL JOIN (SELECT e.order_id AS id, l.offer, l.level, sum(l.fen) AS fen FROM journal_entries e
           JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id AND l.account = 'discount'
           WHERE e.kind = 'payment' AND {of("e")} GROUP BY 1, 2, 3) b ON b.id = x.id AND b.offer = x.offer AND b.level = x.level
"""

SAVINGS_OF_ORDERS = f"""
SELECT CASE WHEN b.id IS NULL THEN format('order %s is paid and not booked', o.id)
            WHEN b.saved <> o.list_fen - o.goods_fen OR b.sales <> o.list_fen OR b.shipping <> o.shipping_fen OR b.cash <> o.due_fen OR b.tenders <> o.payable_fen - o.due_fen - o.deposit_fen OR b.deposit <> o.deposit_fen
              THEN format('order %s: list %s saved %s shipping %s cash %s tenders %s are booked, it has %s %s %s %s %s', o.id, b.sales, b.saved, b.shipping, b.cash, b.tenders,
                          o.list_fen, o.list_fen - o.goods_fen, o.shipping_fen, o.due_fen, o.payable_fen - o.due_fen - o.deposit_fen) END AS wrong
FROM orders o LEFT JOIN (
  SELECT e.order_id AS id, coalesce(-sum(l.fen) FILTER (WHERE l.account = 'sales'), 0) AS sales, coalesce(sum(l.fen) FILTER (WHERE l.account = 'discount' AND l.level IS DISTINCT FROM 'SHIPPING'), 0) AS saved,
         coalesce(-sum(l.fen) FILTER (WHERE l.account = 'shipping' OR l.account = 'discount' AND l.level = 'SHIPPING'), 0) AS shipping,
         coalesce(sum(l.fen) FILTER (WHERE l.account = 'cash'), 0) AS cash, coalesce(sum(l.fen) FILTER (WHERE l.account IN ('points_liability', 'balance_liability', 'red_packet_liability')), 0) AS tenders,
         coalesce(sum(l.fen) FILTER (WHERE l.account = 'deposit_liability'), 0) AS deposit
  FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id WHERE e.kind = 'payment' AND {of("e")} GROUP BY 1) b ON b.id = o.id
WHERE o.quote IS NOT NULL AND o.paid_at IS NOT NULL AND {of("o")}
"""

DISCOUNTS_OF_REFUNDS = f"""
SELECT CASE WHEN r.fen <> coalesce(b.back, 0) OR r.offs <> coalesce(b.offs, 0) OR r.withheld_fen <> coalesce(b.withheld, 0) OR r.cash_fen <> coalesce(b.cash, 0)
       THEN format('batch %s of order %s: refund %s, discounts %s, withheld %s, cash %s; booked are %s, %s, %s, %s', r.number, r.order_id, r.fen, r.offs, r.withheld_fen, r.cash_fen,
                   coalesce(b.back, 0), coalesce(b.offs, 0), coalesce(b.withheld, 0), coalesce(b.cash, 0)) END AS wrong
FROM (SELECT r.merchant_id, r.order_id, r.number, r.refund_fen AS fen, r.withheld_fen, r.cash_fen,
             coalesce((SELECT sum((x.value->>2)::bigint) FROM jsonb_array_elements(r.outcome->'offs') x), 0) AS offs FROM refunds r WHERE {of("r")}) r
LEFT JOIN (SELECT e.merchant_id, e.business_key, sum(l.fen) FILTER (WHERE l.account IN ('sales', 'discount', 'refund_difference', 'shipping')) AS back,
                  -sum(l.fen) FILTER (WHERE l.account = 'discount') AS offs, -sum(l.fen) FILTER (WHERE l.account = 'withheld') AS withheld,
                  -sum(l.fen) FILTER (WHERE l.account = 'refund_due') AS cash
           FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id WHERE e.kind = 'refund' AND {of("e")} GROUP BY 1, 2) b
  ON b.merchant_id = r.merchant_id AND b.business_key = format('order:%s:refund:%s', r.order_id, r.number)
"""

SHARES_OF_ORDERS = f"""
WITH kept AS (
  SELECT o.merchant_id, o.id, p.value->>1 AS offer, coalesce(x.value->>0, '') AS who, sum((x.value->>1)::bigint) AS fen
  FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'bearing'->'parts') p CROSS JOIN LATERAL jsonb_array_elements(p.value->2) x
  WHERE o.quote ? 'bearing' AND o.paid_at IS NOT NULL AND {of("o")} GROUP BY 1, 2, 3, 4
), booked AS (
  SELECT e.merchant_id, e.order_id AS id, l.offer, l.supplier AS who, sum(l.fen) FILTER (WHERE e.kind = 'payment' AND l.account = 'supplier_receivable') AS fen,
         sum(l.fen) FILTER (WHERE l.account = 'supplier_receivable') AS left_fen, sum(l.fen) AS both_fen
  FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id AND l.supplier IS NOT NULL
  WHERE {of("e")} GROUP BY 1, 2, 3, 4
)
SELECT CASE WHEN coalesce(k.fen, 0) <> coalesce(b.fen, 0)
              THEN format('order %s: %s bears %s of %s, booked are %s', coalesce(k.id, b.id), coalesce(k.who, b.who), coalesce(k.fen, 0), coalesce(k.offer, b.offer), coalesce(b.fen, 0))
            WHEN b.both_fen <> 0 THEN format('order %s: shares of %s and what it owes differ by %s', b.id, b.who, b.both_fen)
            WHEN b.left_fen NOT BETWEEN 0 AND b.fen THEN format('order %s: %s bears %s of %s, after refunds %s', b.id, b.who, b.fen, b.offer, b.left_fen) END AS wrong
FROM (SELECT * FROM kept WHERE who <> '') k FULL JOIN booked b ON b.merchant_id = k.merchant_id AND b.id = k.id AND b.offer = k.offer AND b.who = k.who
UNION ALL
SELECT CASE WHEN coalesce(k.fen, 0) <> x.off THEN format('order %s: its bearers bear %s of %s, which gave %s', x.id, coalesce(k.fen, 0), x.offer, x.off) END
FROM (SELECT o.merchant_id, o.id, y.value->>'id' AS offer, (y.value->>'off')::bigint AS off FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.quote->'offers') y
      WHERE o.quote->'bearing'->'terms' ? (y.value->>'id') AND o.paid_at IS NOT NULL AND {of("o")}) x
LEFT JOIN (SELECT merchant_id, id, offer, sum(fen) AS fen FROM kept GROUP BY 1, 2, 3) k ON k.merchant_id = x.merchant_id AND k.id = x.id AND k.offer = x.offer
"""
"""What an order keeps of who bears its discounts adds up to them, and is what is booked; refunds leave nobody less than nothing."""

COUPONS_GIVEN_BACK = f"""
SELECT CASE WHEN coalesce(b.discount, 0) <> 0 OR coalesce(b.supplier, 0) <> 0
       THEN format('order %s gave %s back, and still has %s of its discount and %s of it borne by suppliers', g.order_id, g.coupon, coalesce(b.discount, 0), coalesce(b.supplier, 0)) END AS wrong
FROM (SELECT DISTINCT r.merchant_id, r.order_id, c.value->>0 AS coupon FROM refunds r CROSS JOIN LATERAL jsonb_array_elements(r.outcome->'coupons') c
      WHERE (c.value->>1)::boolean AND {of("r")}) g
LEFT JOIN (SELECT e.merchant_id, e.order_id, l.offer, sum(l.fen) FILTER (WHERE l.account = 'discount') AS discount, sum(l.fen) FILTER (WHERE l.account = 'supplier_receivable') AS supplier
           FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id
           WHERE e.kind IN ('payment', 'refund') AND l.level <> 'SHIPPING' AND starts_with(l.offer, 'cpn_') AND {of("e")} GROUP BY 1, 2, 3) b
  ON b.merchant_id = g.merchant_id AND b.order_id = g.order_id AND b.offer = g.coupon
"""
"""A coupon that a refund gave back leaves nothing of its discount on goods in the books of that order, and nobody bears any of it."""

LIABILITIES = f"""
WITH booked AS (
  SELECT e.merchant_id, l.account, sum(l.fen) AS fen FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id
  WHERE l.account IN ('points_liability', 'balance_liability', 'red_packet_liability', 'refund_due') AND {of("e")} GROUP BY 1, 2
), moved AS (
  SELECT t.merchant_id, CASE t.unit WHEN 'refund_due' THEN t.unit ELSE t.unit || '_liability' END AS account,
         sum(CASE WHEN c.owner_kind = 'member' THEN -t.amount ELSE t.amount END) AS fen
  FROM transfers t JOIN accounts c ON c.merchant_id = t.merchant_id AND c.id = t.credit_id
  WHERE t.unit IN ('points', 'balance', 'red_packet', 'refund_due') AND {of("t")}
    AND NOT (starts_with(t.business_key, 'post:order:') OR starts_with(t.business_key, 'earn:') OR starts_with(t.business_key, 'refund:')) GROUP BY 1, 2
), owed AS (
  SELECT a.merchant_id, CASE a.unit WHEN 'refund_due' THEN a.unit ELSE a.unit || '_liability' END AS account, sum(a.balance) AS fen
  FROM accounts a WHERE a.owner_kind = 'member' AND a.unit IN ('points', 'balance', 'red_packet', 'refund_due') AND {of("a")} GROUP BY 1, 2
)
SELECT CASE WHEN coalesce(b.fen, 0) + coalesce(m.fen, 0) + o.fen <> 0
       THEN format('%s of merchant %s: members have %s, the journal owes %s', o.account, o.merchant_id, o.fen, -coalesce(b.fen, 0) - coalesce(m.fen, 0)) END AS wrong
FROM owed o LEFT JOIN booked b ON b.merchant_id = o.merchant_id AND b.account = o.account LEFT JOIN moved m ON m.merchant_id = o.merchant_id AND m.account = o.account
"""
"""What the journal owes to members is what their accounts have: points at one fen, the rate of orders."""

REQUESTS_OF_ORDERS = f"""
SELECT CASE WHEN q.id IS NULL THEN format('order %s of system %s has no request', o.id, o.system_id)
            WHEN o.system_id IS DISTINCT FROM q.system_id THEN format('request %s of system %s names order %s of another', q.request_no, q.system_id, q.order_id)
            WHEN count(*) OVER (PARTITION BY q.merchant_id, q.order_id) > 1 THEN format('order %s stands under two requests', q.order_id) END AS wrong
FROM (SELECT o.merchant_id, o.id, o.system_id FROM orders o WHERE o.system_id IS NOT NULL AND {of("o")}) o
FULL JOIN (SELECT q.* FROM external_requests q WHERE q.order_id IS NOT NULL AND {of("q")}) q ON q.merchant_id = o.merchant_id AND q.order_id = o.id
"""
"""Every order of an external system stands under one request number of that system."""

PAID_ONCE = f"""
SELECT CASE WHEN o.payment_id IS NOT NULL AND o.due_fen > 0 AND count(*) OVER (PARTITION BY o.merchant_id, o.payment_id) > 1
              THEN format('payment %s paid order %s and another', o.payment_id, o.id)
            WHEN (o.state IN ('paid', 'completed', 'refunded')) <> (o.payment_id IS NOT NULL) OR (o.payment_id IS NULL) <> (o.paid_at IS NULL)
              THEN format('order %s is %s with payment %s', o.id, o.state, coalesce(o.payment_id, 'none')) END AS wrong
FROM orders o WHERE o.quote IS NOT NULL AND {of("o")}
"""

PAID_FOR_NOTHING = f"""
SELECT CASE WHEN t.amount IS DISTINCT FROM p.amount_fen
       THEN format('payment %s for nothing: %s booked as owed, %s on its way', coalesce(p.transaction_id, substr(t.business_key, 12)), coalesce(t.amount, 0), coalesce(p.amount_fen, 0))
            WHEN p.transaction_id IN (o.payment_id, s.payment_id) THEN format('payment %s paid order %s and goes back too', p.transaction_id, coalesce(o.id, s.id)) END AS wrong
FROM (SELECT t.* FROM transfers t WHERE t.kind = 'refund_due' AND {of("t")}) t
FULL JOIN (SELECT p.* FROM payouts p WHERE p.refund_id IS NULL AND p.number = 'D' || p.transaction_id AND {of("p")}) p ON p.merchant_id = t.merchant_id AND 'refund_due:' || p.transaction_id = t.business_key
LEFT JOIN orders o ON o.merchant_id = p.merchant_id AND o.id = p.order_id
LEFT JOIN presales s ON s.merchant_id = p.merchant_id AND s.id = p.presale_id
"""

ORDERS = (
    Invariant(
        "O1",
        "冻结的报价按它记下的规则重算，数字不变",
        "The frozen quote prices again to the same figures from the rules it names",
        (Look("frozen quotes", code=repriced.frozen_quotes),),
    ),
    Invariant(
        "O2",
        "现金加抵扣等于应付，退款合计不超过已付，扣留的都入账",
        "Cash and tenders make what is payable; refunds never exceed what was paid; what was withheld is booked",
        (
            Look("tenders", TENDERS),
            Look("sums of refunds", REFUND_SUMS),
            Look("cash of refunds", REFUND_CASH),
            Look("what is owed", OWED),
            Look("deposits of pre-sales", presales.DEPOSITS, needs=("presales",)),
            Look("deposits given back", presales.RETURNED, needs=("presales",)),
            Look("payments of pre-sales", presales.NEVER_MORE, needs=("presales",)),
            Look("bookings of refunds", code=repriced.booked),
            Look("refunds computed again", code=repriced.reversed_again),
        ),
    ),
    Invariant(
        "O3",
        "在库 + 预留 + 售出 − 退回 = 收货",
        "On hand + reserved + sold − returned = received",
        (Look("stock", STOCK),),
    ),
    Invariant(
        "O4",
        "一单的库存、秒杀名额、限购、券、抵扣、赠品、预算，全取或全不取",
        "Everything that an order takes is taken together or not at all",
        (
            Look("stock of orders", STOCK_OF_ORDERS),
            Look("coupons of orders", COUPONS_OF_ORDERS),
            Look("tenders of orders", HOLDS_OF_ORDERS),
            Look("family points of orders", FAMILY_SPENDS),
            Look("red packets of orders", PACKETS_OF_ORDERS, needs=("held_parts",)),
            Look("limits of orders", COUNTED_USES),
            Look("budgets of orders", BUDGETS_OF_ORDERS),
            Look("gifts of orders", GIFTS_OF_ORDERS, needs=("offer_gifts",)),
        ),
    ),
    Invariant(
        "O5",
        "秒杀售出不超过活动库存，也不超过每人限购和每人每天限购",
        "Units sold never exceed activity stock, nor a member's limit, in all or on one day",
        (
            Look("activity stock and limits", ACTIVITY_STOCK),
            Look("limits a day", LIMITED_A_DAY, needs=("offer_member_days",)),
            Look("gift quotas", GIFT_QUOTAS, needs=("offer_gifts",)),
        ),
    ),
    Invariant(
        "O6",
        "一笔支付只付一次，付给已关闭订单的会退回",
        "A payment pays once; a payment for a closed order is refunded",
        (
            Look("payments", PAID_ONCE),
            Look("payments for nothing", PAID_FOR_NOTHING),
            Look("payments of deposits", presales.PAID_ONCE, needs=("presales",)),
            Look("requests of external systems", REQUESTS_OF_ORDERS, needs=("external_requests",)),
        ),
    ),
    Invariant(
        "O7",
        "按层级与方式入账的优惠合计等于订单省下的",
        "Discounts booked by level and mode add up to the order's saving; supplier shares to the discount they bear",
        (
            Look("entries of the journal", BALANCED_ENTRIES),
            Look("discounts of orders", DISCOUNTS_OF_ORDERS),
            Look("savings of orders", SAVINGS_OF_ORDERS),
            Look("discounts of refunds", DISCOUNTS_OF_REFUNDS),
            Look("discounts of coupons", TAKEN_BY_COUPONS, needs=("coupons.took_fen",)),
            Look("coupons given back", COUPONS_GIVEN_BACK),
            Look("liabilities", LIABILITIES),
            Look("deposits in the journal", presales.BOOKED, needs=("presales",)),
            Look("supplier shares of orders", SHARES_OF_ORDERS, needs=("journal_lines.supplier",)),
            Look("supplier shares computed again", code=repriced.shares_again, needs=("journal_lines.supplier",)),
        ),
    ),
)
