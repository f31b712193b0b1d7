"""C1–C8: coupons and claims."""

from __future__ import annotations

from backend.invariants.engagement import DEEDS
from backend.invariants.families import ONE_FAMILY
from backend.invariants.lotteries import LOTTERY_BUDGETS, LOTTERY_DRAWS, LOTTERY_LIMITS, LOTTERY_STOCK
from backend.invariants.model import Invariant, Look, of

LIVE = "('awaiting_payment', 'paid', 'completed')"
"""States of an order that still holds what it took."""

STEPS = (
    "('', 'issued'), ('issued', 'locked'), ('locked', 'redeemed'), ('locked', 'released'),"
    " ('released', 'issued'), ('redeemed', 'returned'), ('returned', 'issued'), ('returned', 'closed'),"
    " ('issued', 'expired'), ('issued', 'voided')"
)
"""Every step that a coupon may take (C5)."""

ISSUED = f"""
SELECT CASE WHEN coalesce(n, 0) > d.total OR d.issued > d.total OR coalesce(n, 0) <> d.issued
       THEN format('drop %s: %s coupons, %s counted, of %s', d.id, coalesce(n, 0), d.issued, d.total) END AS wrong
FROM coupon_drops d LEFT JOIN (SELECT c.merchant_id, c.drop_id, count(*) AS n FROM coupons c
  JOIN coupon_drops g ON g.merchant_id = c.merchant_id AND g.id = c.drop_id
  WHERE {of("c")} AND NOT (g.gives_back AND c.state IN ('voided', 'expired')) GROUP BY 1, 2) c ON c.merchant_id = d.merchant_id AND c.drop_id = d.id
WHERE {of("d")}
"""

BATCHES = f"""
SELECT CASE WHEN b.issued > b.share AND NOT d.carry OR sum(b.issued) OVER w > sum(b.share) OVER w
              THEN format('drop %s: batch %s gave %s of %s, %s of %s up to it', d.id, b.position, b.issued, b.share, sum(b.issued) OVER w, sum(b.share) OVER w)
            WHEN sum(b.issued) OVER (PARTITION BY b.merchant_id, b.drop_id) <> d.issued THEN format('drop %s: its batches gave other than %s', d.id, d.issued) END AS wrong
FROM drop_batches b JOIN coupon_drops d ON d.merchant_id = b.merchant_id AND d.id = b.drop_id
WHERE {of("b")} WINDOW w AS (PARTITION BY b.merchant_id, b.drop_id ORDER BY b.position)
"""
"""What a batch leaves goes to the next where the drop says so (`carry`)."""

MALL_STOCK = f"""
SELECT CASE WHEN i.exchanged > i.stock OR i.exchanged <> coalesce(e.n, 0)
       THEN format('mall item %s: %s exchanges, %s counted, of %s', i.id, coalesce(e.n, 0), i.exchanged, i.stock) END AS wrong
FROM mall_items i LEFT JOIN (SELECT e.merchant_id, e.item_id, count(*) AS n FROM mall_exchanges e WHERE e.state = 'done' AND {of("e")} GROUP BY 1, 2) e
  ON e.merchant_id = i.merchant_id AND e.item_id = i.id
WHERE {of("i")}
"""

EXCHANGES = f"""
SELECT CASE WHEN p.amount IS DISTINCT FROM e.points::bigint OR p.owner_id IS DISTINCT FROM e.member_id
              THEN format('exchange %s of member %s for %s points: %s were spent', e.id, e.member_id, e.points, coalesce(p.amount, 0))
            WHEN p.unit <> e.unit THEN format('exchange %s was paid in %s, of %s', e.id, p.unit, e.unit)
            WHEN b.amount IS DISTINCT FROM coalesce(e.balance_fen, e.gives_points) THEN format('exchange %s gave %s, of %s', e.id, coalesce(b.amount, 0), coalesce(e.balance_fen, e.gives_points))
            WHEN e.coupon_id IS NOT NULL AND (c.member_id IS DISTINCT FROM e.member_id OR c.business_key IS DISTINCT FROM 'mall:' || e.id)
              THEN format('exchange %s: coupon %s is not there', e.id, e.coupon_id)
            WHEN v.amount IS DISTINCT FROM CASE WHEN e.state = 'voided' THEN e.points::bigint END OR w.amount IS DISTINCT FROM CASE WHEN e.state = 'voided' THEN coalesce(e.balance_fen, e.gives_points) END
              OR (e.state = 'voided' AND c.state <> 'voided')
              THEN format('exchange %s is %s, %s points came back', e.id, e.state, coalesce(v.amount, 0)) END AS wrong
FROM mall_exchanges e
LEFT JOIN (SELECT t.merchant_id, t.business_key, t.amount, t.unit, a.owner_id FROM transfers t JOIN accounts a ON a.merchant_id = t.merchant_id AND a.id = t.debit_id
           WHERE t.unit IN ('points', 'growth', 'stamps')) p ON p.merchant_id = e.merchant_id AND p.business_key = 'mall:' || e.id
LEFT JOIN transfers b ON b.merchant_id = e.merchant_id AND b.business_key = 'mall:' || e.id || CASE WHEN e.gives_points IS NULL THEN ':balance' ELSE ':points' END
  AND b.unit = CASE WHEN e.gives_points IS NULL THEN 'balance' ELSE 'points' END
LEFT JOIN transfers v ON v.merchant_id = e.merchant_id AND v.business_key = 'mall-void:' || e.id
LEFT JOIN transfers w ON w.merchant_id = e.merchant_id AND w.business_key = 'mall-void:' || e.id || CASE WHEN e.gives_points IS NULL THEN ':balance' ELSE ':points' END
LEFT JOIN coupons c ON c.merchant_id = e.merchant_id AND c.id = e.coupon_id
WHERE {of("e")}
UNION ALL
SELECT CASE WHEN e.id IS NULL THEN format('transfer %s is of no exchange', t.business_key) END
FROM transfers t LEFT JOIN mall_exchanges e ON e.merchant_id = t.merchant_id AND e.id::text = split_part(t.business_key, ':', 2)
WHERE (starts_with(t.business_key, 'mall:') OR starts_with(t.business_key, 'mall-void:')) AND {of("t")}
"""
"""B03: what was paid is what was given for, once; what was voided came back whole."""

MONTHLY = f"""
SELECT CASE WHEN g.id IS NULL THEN format('coupon %s of member %s: %s is of no month that was marked', c.id, c.member_id, c.business_key) END AS wrong
FROM coupons c LEFT JOIN monthly_gifts g ON g.merchant_id = c.merchant_id AND g.member_id = c.member_id
  AND c.business_key = 'monthly:' || g.month || ':' || g.member_id
WHERE c.source = 'monthly' AND {of("c")}
"""
"""B04: the coupon of a level's month was given once, to whom it was marked for."""

BIRTHDAYS = f"""
SELECT CASE WHEN c.business_key <> format('birthday:%s:%s', extract(year FROM c.claimed_at AT TIME ZONE m.time_zone), c.member_id)
       THEN format('coupon %s of member %s: %s is not the birthday of that year', c.id, c.member_id, c.business_key) END AS wrong
FROM coupons c JOIN merchants m ON m.merchant_id = c.merchant_id WHERE c.source = 'birthday' AND {of("c")}
"""
"""M01: one a member and year of the merchant's calendar, whatever level brought it, for a business key is there once."""

PER_MEMBER = f"""
SELECT CASE WHEN coalesce(c.n, 0) > d.per_member OR coalesce(c.n, 0) <> coalesce(h.held, 0)
       THEN format('drop %s, member %s: %s coupons, %s counted, of %s', d.id, coalesce(c.member_id, h.member_id), coalesce(c.n, 0),
                   coalesce(h.held, 0), d.per_member) END AS wrong
FROM (SELECT c.merchant_id, c.drop_id, c.member_id, count(*) AS n FROM coupons c WHERE c.drop_id IS NOT NULL AND {of("c")} GROUP BY 1, 2, 3) c
FULL JOIN (SELECT * FROM drop_holders h WHERE {of("h")}) h
  ON h.merchant_id = c.merchant_id AND h.drop_id = c.drop_id AND h.member_id = c.member_id
JOIN coupon_drops d ON d.merchant_id = coalesce(c.merchant_id, h.merchant_id) AND d.id = coalesce(c.drop_id, h.drop_id)
"""

PER_DAY = f"""
SELECT CASE WHEN coalesce(c.n, 0) > d.per_day OR coalesce(c.n, 0) <> coalesce(h.held, 0)
       THEN format('drop %s, member %s on %s: %s coupons, %s counted, of %s a day', d.id, coalesce(c.member_id, h.member_id), coalesce(c.day, h.day),
                   coalesce(c.n, 0), coalesce(h.held, 0), d.per_day) END AS wrong
FROM (SELECT c.merchant_id, c.drop_id, c.member_id, (c.claimed_at AT TIME ZONE m.time_zone)::date AS day, count(*) AS n
      FROM coupons c JOIN coupon_drops d ON d.merchant_id = c.merchant_id AND d.id = c.drop_id AND d.per_day IS NOT NULL
      JOIN merchants m ON m.merchant_id = c.merchant_id WHERE {of("c")} GROUP BY 1, 2, 3, 4) c
FULL JOIN (SELECT * FROM drop_days h WHERE {of("h")}) h
  ON h.merchant_id = c.merchant_id AND h.drop_id = c.drop_id AND h.member_id = c.member_id AND h.day = c.day
JOIN coupon_drops d ON d.merchant_id = coalesce(c.merchant_id, h.merchant_id) AND d.id = coalesce(c.drop_id, h.drop_id)
"""
"""Days of the merchant's calendar."""

USES_A_DAY = f"""
SELECT CASE WHEN count(*) > t.uses_per_day THEN format('template %s, member %s on %s: %s used of %s a day', t.id, c.member_id, (c.locked_at AT TIME ZONE m.time_zone)::date, count(*), t.uses_per_day) END AS wrong
FROM coupons c JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id AND t.uses_per_day IS NOT NULL
JOIN merchants m ON m.merchant_id = c.merchant_id
WHERE c.locked_at IS NOT NULL AND {of("c")} GROUP BY t.merchant_id, t.id, t.uses_per_day, c.member_id, (c.locked_at AT TIME ZONE m.time_zone)::date
"""
"""Counted on the day on which the order was placed."""

ONE_PERSON = f"""
SELECT CASE WHEN count(*) > 1 THEN format('members %s are one person', string_agg(m.id::text, ', ' ORDER BY m.id)) END AS wrong
FROM members m WHERE {of("m")} GROUP BY m.merchant_id, m.openid
"""

ONE_PHONE = f"""
SELECT CASE WHEN count(*) > 1 THEN format('members %s have one phone number', string_agg(m.id::text, ', ' ORDER BY m.id)) END AS wrong
FROM members m WHERE m.phone_index IS NOT NULL AND {of("m")} GROUP BY m.merchant_id, m.phone_index
"""
"""By the blind index of the number, which nobody reads here."""

ANSWERED_YES = f"""
SELECT CASE WHEN c.id IS NULL THEN format('record %s: coupon %s was promised to %s and is not there', r.id, r.answer->>'coupon_id', r.actor) END AS wrong
FROM idempotency_records r LEFT JOIN coupons c ON c.merchant_id = r.merchant_id AND c.id = (r.answer->>'coupon_id')::uuid
  AND (r.command <> 'claimCoupon' OR 'consumer:' || c.member_id = r.actor)
WHERE r.answer->>'type' = 'Claimed' AND {of("r")}
"""
"""Staff who give a coupon by hand are answered for another member."""

NOT_PROMISED = f"""
SELECT CASE WHEN r.coupon_id IS NULL THEN format('coupon %s of member %s: no claim was answered with it', c.id, c.member_id) END AS wrong
FROM coupons c LEFT JOIN (SELECT r.merchant_id, (r.answer->>'coupon_id')::uuid AS coupon_id FROM idempotency_records r
  WHERE r.answer->>'type' = 'Claimed' AND {of("r")}) r
  ON r.merchant_id = c.merchant_id AND r.coupon_id = c.id
WHERE c.drop_id IS NOT NULL AND {of("c")}
"""

BESIDE = f"""
SELECT CASE WHEN coalesce(t.amount, 0) <> d.with_points OR a.owner_id IS DISTINCT FROM CASE WHEN d.with_points > 0 THEN c.member_id END
              THEN format('coupon %s of member %s came with %s points, of %s', c.id, c.member_id, coalesce(t.amount, 0), d.with_points)
            WHEN g.template_id IS DISTINCT FROM d.gift_template_id OR g.member_id IS DISTINCT FROM CASE WHEN d.gift_template_id IS NOT NULL THEN c.member_id END
              THEN format('coupon %s of member %s came without its gift, or with another', c.id, c.member_id) END AS wrong
FROM coupons c JOIN coupon_drops d ON d.merchant_id = c.merchant_id AND d.id = c.drop_id
LEFT JOIN transfers t ON t.merchant_id = c.merchant_id AND t.business_key = 'drop:' || c.id
LEFT JOIN accounts a ON a.merchant_id = t.merchant_id AND a.id = t.credit_id
LEFT JOIN coupons g ON g.merchant_id = c.merchant_id AND g.business_key = 'gift:' || c.id
WHERE {of("c")}
UNION ALL
SELECT CASE WHEN c.id IS NULL THEN format('transfer %s goes with no coupon', t.id) END
FROM transfers t LEFT JOIN coupons c ON c.merchant_id = t.merchant_id AND 'drop:' || c.id = t.business_key WHERE t.kind = 'drop' AND {of("t")}
"""
"""What a drop gives beside its coupons (K10): all of it or none."""

TIERS = f"""
SELECT CASE WHEN c.template_id <> d.template_id AND NOT EXISTS (SELECT 1 FROM drop_tiers s
              WHERE s.merchant_id = c.merchant_id AND s.drop_id = c.drop_id AND s.template_id = c.template_id)
              THEN format('coupon %s of member %s is not what drop %s gives', c.id, c.member_id, d.id)
            WHEN c.face_fen <> coalesce(t.face_fen, 0) AND EXISTS (SELECT 1 FROM drop_tiers s WHERE s.merchant_id = d.merchant_id AND s.drop_id = d.id) THEN format('coupon %s holds %s of its budget, its tier is worth %s', c.id, c.face_fen, coalesce(t.face_fen, 0)) END AS wrong
FROM coupons c JOIN coupon_drops d ON d.merchant_id = c.merchant_id AND d.id = c.drop_id
JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id WHERE {of("c")}
"""
"""Who claims gets the coupon of the drop, or of one of its tiers (K10), at the face of that."""

LINKS = f"""
SELECT CASE WHEN c.via IS DISTINCT FROM 'partner:' || p.partner AND (p.partner IS NOT NULL OR d.access IS DISTINCT FROM 'link')
                 OR c.source <> CASE WHEN starts_with(c.via, 'partner:') THEN 'partner' ELSE 'link' END
              THEN format('coupon %s came by link %s, and was had otherwise: %s', c.id, c.via, c.source)
            WHEN c.via !~ '^(poster|promoter|partner):[A-Za-z0-9_-]{{1,24}}$' THEN format('coupon %s came by the link of nobody: %s', c.id, c.via) END AS wrong
FROM coupons c LEFT JOIN coupon_drops d ON d.merchant_id = c.merchant_id AND d.id = c.drop_id
LEFT JOIN (SELECT k.merchant_id, k.coupon_id, p.partner FROM code_pools p JOIN coupon_codes k ON k.merchant_id = p.merchant_id AND k.pool_id = p.id
           WHERE p.partner IS NOT NULL AND k.coupon_id IS NOT NULL) p ON p.merchant_id = c.merchant_id AND p.coupon_id = c.id
WHERE (c.via IS NOT NULL OR c.source = 'partner' OR p.partner IS NOT NULL) AND {of("c")}
"""
"""Whose link it was (K12) is written where it was a link, or a code of a partner's pool, of somebody who can have one; what a partner gave says
so (K04)."""

REFERRALS = f"""
SELECT CASE WHEN r.points <> coalesce(t.points, 0) OR r.moves <> coalesce(t.n, 0)
              THEN format('referral %s: %s points in %s moves, booked %s in %s', r.id, r.points, r.moves, coalesce(t.points, 0), coalesce(t.n, 0))
            WHEN t.strangers > 0 THEN format('referral %s: points of %s moves went to somebody else', r.id, t.strangers)
            WHEN r.state <> 'rewarded' AND r.moves > 0 THEN format('referral %s is %s and was rewarded', r.id, r.state)
            WHEN o.id IS NOT NULL AND o.member_id <> r.friend_id THEN format('referral %s: order %s is not the friend''s', r.id, o.id) END AS wrong
FROM referrals r LEFT JOIN orders o ON o.merchant_id = r.merchant_id AND o.id = r.order_id
LEFT JOIN (SELECT t.merchant_id, split_part(t.business_key, ':', 2)::uuid AS id, count(*) AS n, sum(CASE WHEN a.owner_kind = 'member' THEN t.amount ELSE -t.amount END) AS points,
                  count(*) FILTER (WHERE r.inviter_id NOT IN (a.owner_id, d.owner_id)) AS strangers
           FROM transfers t JOIN accounts a ON a.merchant_id = t.merchant_id AND a.id = t.credit_id JOIN accounts d ON d.merchant_id = t.merchant_id AND d.id = t.debit_id
           JOIN referrals r ON r.merchant_id = t.merchant_id AND r.id = split_part(t.business_key, ':', 2)::uuid
           WHERE starts_with(t.business_key, 'referral:') AND {of("t")} GROUP BY 1, 2) t ON t.merchant_id = r.merchant_id AND t.id = r.id
WHERE {of("r")}
UNION ALL
SELECT CASE WHEN r.id IS NULL THEN format('transfer %s is of no referral', t.business_key) END
FROM transfers t LEFT JOIN referrals r ON r.merchant_id = t.merchant_id AND r.id::text = split_part(t.business_key, ':', 2)
WHERE starts_with(t.business_key, 'referral:') AND {of("t")}
"""
"""B05: what an invitation brought is what was booked for it, to the inviter."""

ONE_OUTCOME = f"""
SELECT CASE WHEN count(*) > 1 THEN format('%s used key %s %s times', r.actor, r.key, count(*)) END AS wrong
FROM idempotency_records r WHERE {of("r")} GROUP BY r.merchant_id, r.actor, r.key
"""

ONE_KEY = f"""
SELECT CASE WHEN count(*) > 1 THEN format('%s %s is the outcome of %s keys', r.command, r.made, count(*)) END AS wrong
FROM (SELECT r.merchant_id, r.command, coalesce(r.answer->>'coupon_id', r.answer->>'id') AS made FROM idempotency_records r
  WHERE r.command IN ('claimCoupon', 'grantCoupon', 'placeOrder') AND r.answer->>'type' IN ('Claimed', 'Order') AND {of("r")}) r
GROUP BY r.merchant_id, r.command, r.made
"""

# a set of steps is a path from its start to the present state when every step is allowed and each state was entered as
# often as it was left, but the present one, which was entered once more: no clock is needed to tell
PATH = f"""
WITH steps AS (
  SELECT m.merchant_id, m.coupon_id, count(*) FILTER (WHERE m.before IS NULL) AS starts,
         count(*) FILTER (WHERE (coalesce(m.before, ''), m.after) NOT IN (VALUES {STEPS})) AS forbidden,
         count(*) FILTER (WHERE m.actor = '' OR m.reason = '' OR (('locked' IN (m.before, m.after)) IS TRUE AND m.order_id IS NULL)) AS unsaid
  FROM coupon_moves m WHERE {of("m")} GROUP BY 1, 2
), ends AS (
  SELECT merchant_id, coupon_id, string_agg(format('%s %s', state, n), ', ' ORDER BY state) AS ends FROM (
    SELECT merchant_id, coupon_id, state, sum(n) AS n FROM (
      SELECT m.merchant_id, m.coupon_id, m.after AS state, 1 AS n FROM coupon_moves m WHERE {of("m")} UNION ALL
      SELECT m.merchant_id, m.coupon_id, m.before, -1 FROM coupon_moves m WHERE m.before IS NOT NULL AND {of("m")}) x
    GROUP BY 1, 2, 3 HAVING sum(n) <> 0) y GROUP BY 1, 2
)
SELECT CASE WHEN s.starts IS DISTINCT FROM 1 THEN format('coupon %s begins %s times', c.id, coalesce(s.starts, 0))
            WHEN s.forbidden > 0 THEN format('coupon %s took %s steps that there are not', c.id, s.forbidden)
            WHEN s.unsaid > 0 THEN format('coupon %s: %s steps without who, why or order', c.id, s.unsaid)
            WHEN e.ends IS DISTINCT FROM c.state || ' 1' THEN format('coupon %s is %s, its steps end in %s', c.id, c.state, e.ends) END AS wrong
FROM coupons c LEFT JOIN steps s ON s.merchant_id = c.merchant_id AND s.coupon_id = c.id
LEFT JOIN ends e ON e.merchant_id = c.merchant_id AND e.coupon_id = c.id
WHERE {of("c")}
"""

HELD_BY_ITS_ORDER = f"""
SELECT CASE WHEN o.id IS NULL OR o.member_id <> c.member_id OR (c.state = 'locked' AND o.state <> 'awaiting_payment')
              OR (c.state = 'redeemed' AND o.state NOT IN ('paid', 'completed', 'refunded'))
       THEN format('coupon %s is %s by order %s, which is %s', c.id, c.state, c.order_id, coalesce(o.state, 'not there')) END AS wrong
FROM coupons c LEFT JOIN orders o ON o.merchant_id = c.merchant_id AND o.id = c.order_id
WHERE c.order_id IS NOT NULL AND {of("c")}
"""

USED_COUPONS = f"""
SELECT o.merchant_id, o.id AS order_id, o.state, substr(x.id, 5)::uuid AS coupon_id
FROM orders o CROSS JOIN LATERAL (SELECT f->>'id' AS id FROM jsonb_array_elements(o.quote->'offers') f
    UNION ALL SELECT e->>'offer' FROM jsonb_array_elements(o.quote->'earn') e) x
WHERE o.quote IS NOT NULL AND starts_with(x.id, 'cpn_') AND o.state IN {LIVE} AND {of("o")}
  AND NOT EXISTS (SELECT 1 FROM coupon_moves m WHERE m.merchant_id = o.merchant_id AND m.order_id = o.id AND m.after = 'returned'
                  AND m.coupon_id = substr(x.id, 5)::uuid)
"""
"""Coupons of live orders by their frozen quotes, but those that a refund gave back."""

ONE_LIVE_ORDER = f"""
SELECT CASE WHEN count(*) > 1 THEN format('coupon %s is in live orders %s', u.coupon_id, string_agg(u.order_id::text, ', ' ORDER BY u.order_id)) END AS wrong
FROM ({USED_COUPONS}) u GROUP BY u.merchant_id, u.coupon_id
"""

PROMOTION_BUDGETS = f"""
SELECT CASE WHEN b.held + coalesce(g.balance, 0) > v.cap
       THEN format('offer %s: %s promised and %s given of a budget of %s', m.offer_id, b.held, coalesce(g.balance, 0), v.cap) END AS wrong
FROM offer_budgets m JOIN (SELECT merchant_id, offer_id, max(budget_fen) AS cap FROM offer_versions v WHERE {of("v")} GROUP BY 1, 2) v
  ON v.merchant_id = m.merchant_id AND v.offer_id = m.offer_id AND v.cap IS NOT NULL
JOIN accounts b ON b.merchant_id = m.merchant_id AND b.owner_id = m.id AND b.owner_kind = 'budget'
LEFT JOIN accounts g ON g.merchant_id = m.merchant_id AND g.owner_id = m.id AND g.owner_kind = 'given' WHERE {of("m")}
"""

DROP_BUDGETS = f"""
SELECT CASE WHEN d.promised_fen + d.spent_fen > d.budget_fen OR d.promised_fen <> coalesce(c.promised, 0) OR d.spent_fen <> coalesce(c.spent, 0) + d.extra_fen * coalesce(c.n, 0)
       THEN format('drop %s: %s promised, %s spent of %s; its coupons say %s, %s', d.id, d.promised_fen, d.spent_fen, coalesce(d.budget_fen::text, 'no end'),
                   coalesce(c.promised, 0), coalesce(c.spent, 0) + d.extra_fen * coalesce(c.n, 0)) END AS wrong
FROM coupon_drops d LEFT JOIN (SELECT c.merchant_id, c.drop_id, sum(c.face_fen) FILTER (WHERE c.state IN ('issued', 'locked')) AS promised,
    sum(c.face_fen) FILTER (WHERE c.state = 'redeemed') AS spent, count(*) AS n FROM coupons c WHERE c.drop_id IS NOT NULL AND {of("c")} GROUP BY 1, 2) c
  ON c.merchant_id = d.merchant_id AND c.drop_id = d.id
WHERE {of("d")}
"""
"""What is given beside a coupon is spent when it is given, whatever becomes of the coupon."""

TEMPLATE_BUDGETS = f"""
SELECT CASE WHEN b.id IS NULL THEN format('coupons of template %s are in a budget that is not there', c.template_id)
            WHEN b.promised_fen + b.spent_fen > b.budget_fen OR b.promised_fen <> coalesce(c.promised, 0) OR b.spent_fen <> coalesce(c.spent, 0)
       THEN format('template %s: %s promised, %s spent of %s; its coupons say %s, %s', b.template_id, b.promised_fen, b.spent_fen,
                   coalesce(b.budget_fen::text, 'no end'), coalesce(c.promised, 0), coalesce(c.spent, 0)) END AS wrong
FROM (SELECT b.* FROM template_budgets b WHERE {of("b")}) b FULL JOIN (SELECT c.merchant_id, c.template_id,
    sum(c.face_fen) FILTER (WHERE c.state IN ('issued', 'locked')) AS promised, sum(c.face_fen) FILTER (WHERE c.state = 'redeemed') AS spent
    FROM coupons c WHERE c.in_budget AND {of("c")} GROUP BY 1, 2) c ON c.merchant_id = b.merchant_id AND c.template_id = b.template_id
"""
"""What a template's budget holds is what its coupons hold that were issued since it has one (K01)."""

UNIQUE_CODE = f"""
SELECT CASE WHEN c.n > 1 THEN format('code %s occurs %s times: on %s coupons, in pools %s', c.code, c.n, c.n - c.pooled,
    coalesce((SELECT string_agg(k.pool_id::text, ', ') FROM coupon_codes k WHERE k.merchant_id = c.merchant_id AND k.code = c.code), 'none')) END AS wrong
FROM (SELECT x.merchant_id, x.code, count(*) AS n, count(*) FILTER (WHERE x.pooled) AS pooled
      FROM (SELECT c.merchant_id, c.code, false AS pooled FROM coupons c WHERE {of("c")}
            UNION ALL SELECT k.merchant_id, k.code, true FROM coupon_codes k WHERE {of("k")}) x GROUP BY 1, 2) c
"""
"""Over the codes of all coupons and of all pools, imported ones too; in one pass, by hash."""

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
WEIGHED = " + ".join(f"(strpos('{ALPHABET}', substr(c.code, {n + 1}, 1)) - 1) * {2 * n + 1}" for n in range(11))
CHECK_CHARACTER = f"""
SELECT CASE WHEN c.code !~ '^[{ALPHABET}]{{12}}$' OR substr('{ALPHABET}', 1 + ({WEIGHED}) % 32, 1) <> substr(c.code, 12, 1)
       THEN format('%s: code %s does not pass its check character', c.place, c.code) END AS wrong
FROM (SELECT 'coupon ' || c.id AS place, c.code FROM coupons c WHERE {of("c")}
      UNION ALL SELECT 'pool ' || k.pool_id, k.code FROM coupon_codes k JOIN code_pools p ON p.merchant_id = k.merchant_id AND p.id = k.pool_id
      WHERE p.kind = 'generated' AND {of("k")}) c
"""
"""Written apart from `coupons.rules`, so that a fault there is not a fault here too. Codes that others made and a merchant imported have no
check character: of them only that they are unique is looked at (decision 0015)."""

POOLS = f"""
SELECT CASE WHEN p.made <> coalesce(k.n, 0) THEN format('pool %s: %s made, %s are there', p.id, p.made, coalesce(k.n, 0)) END AS wrong
FROM code_pools p LEFT JOIN (SELECT k.merchant_id, k.pool_id, count(*) AS n FROM coupon_codes k WHERE {of("k")} GROUP BY 1, 2) k
  ON k.merchant_id = p.merchant_id AND k.pool_id = p.id
WHERE {of("p")}
"""

COUPONS = (
    Invariant(
        "C1",
        "每场领券活动发出的券不超过总量",
        "Coupons issued from a drop never exceed its total, nor a timed batch its share",
        (
            Look("drops", ISSUED),
            Look("timed batches", BATCHES, needs=("drop_batches",)),
            Look("exchange mall", MALL_STOCK, needs=("mall_items",)),
            Look("lottery prizes", LOTTERY_STOCK, needs=("lottery_prizes",)),
        ),
    ),
    Invariant(
        "C2",
        "每人每场不超过限领，同一个人只有一个会员",
        "Per member and drop never more than the limit; the member is the person",
        (
            Look("per member", PER_MEMBER),
            Look("one person", ONE_PERSON),
            Look("one phone number", ONE_PHONE),
            Look("one family", ONE_FAMILY),
            Look("per day", PER_DAY, needs=("drop_days",)),
            Look("uses a day", USES_A_DAY, needs=("coupon_templates.uses_per_day",)),
            Look("lottery draws", LOTTERY_LIMITS, needs=("lottery_draws",)),
        ),
    ),
    Invariant(
        "C3",
        "答应了的券都在，没答应的没有留下",
        "A claim answered yes is there; one answered no left nothing",
        (
            Look("answered yes", ANSWERED_YES),
            Look("nothing unpromised", NOT_PROMISED),
            Look("what comes beside", BESIDE, needs=("coupon_drops.with_points",)),
            Look("tiers", TIERS, needs=("drop_tiers",)),
            Look("links", LINKS, needs=("coupons.via",)),
            Look("exchanges", EXCHANGES, needs=("mall_exchanges.unit",)),
            Look("coupons of a month", MONTHLY, needs=("monthly_gifts",)),
            Look("coupons of birthdays", BIRTHDAYS),
            Look("referrals", REFERRALS, needs=("referrals",)),
            Look("lottery draws", LOTTERY_DRAWS, needs=("lottery_draws",)),
            Look("reviews and shares", DEEDS, needs=("reviews", "share_openings")),
        ),
    ),
    Invariant(
        "C4",
        "一个幂等键只有一个结果",
        "One idempotency key, one outcome",
        (Look("keys", ONE_OUTCOME), Look("outcomes", ONE_KEY)),
    ),
    Invariant(
        "C5",
        "券的经历是一条允许的路，每步有谁、何时、为何",
        "A coupon's history is a path of allowed steps, each with who, when and why",
        (Look("histories", PATH),),
    ),
    Invariant(
        "C6",
        "一张券最多在一张有效订单里",
        "At most one live order holds or has redeemed a coupon",
        (Look("held coupons", HELD_BY_ITS_ORDER), Look("live orders", ONE_LIVE_ORDER)),
    ),
    Invariant(
        "C7",
        "预算已承诺加已花不超过上限",
        "Promised and spent of a budget never exceed it",
        (
            Look("promotion budgets", PROMOTION_BUDGETS),
            Look("drop budgets", DROP_BUDGETS, needs=("coupon_drops.budget_fen",)),
            Look("template budgets", TEMPLATE_BUDGETS, needs=("template_budgets",)),
            Look("lottery budgets", LOTTERY_BUDGETS, needs=("lottery_prizes",)),
        ),
    ),
    Invariant(
        "C8",
        "券码（含券码池）在商户内唯一；系统生成的券码校验位正确，导入的券码没有校验位",
        "Every code of coupons and pools is unique in the merchant; what was generated passes its check character, imported codes have none",
        (
            Look("unique", UNIQUE_CODE, needs=("coupon_codes",)),
            Look(
                "check characters of coupons and generated pools", CHECK_CHARACTER, needs=("code_pools", "coupon_codes")
            ),
            Look("code pools", POOLS, needs=("code_pools", "coupon_codes")),
        ),
    ),
)
