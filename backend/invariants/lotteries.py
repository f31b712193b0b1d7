"""B03: lotteries, looked at under the ids of what they are about (C1 stock, C2 limits, C3 what was promised, C7 budgets). That
numbers follow from the sealed seed is what `shuhui lottery audit` computes."""

from __future__ import annotations

from backend.invariants.model import of

LOTTERY_STOCK = f"""
SELECT CASE WHEN p.won > p.stock OR p.won <> coalesce(d.n, 0)
       THEN format('prize %s of lottery %s: %s won, %s counted, of %s', p.id, p.lottery_id, coalesce(d.n, 0), p.won, coalesce(p.stock::text, 'no end')) END AS wrong
FROM lottery_prizes p LEFT JOIN (SELECT d.merchant_id, d.prize_id, count(*) AS n FROM lottery_draws d WHERE {of("d")} GROUP BY 1, 2) d
  ON d.merchant_id = p.merchant_id AND d.prize_id = p.id
WHERE {of("p")}
UNION ALL
SELECT CASE WHEN l.draws <> coalesce(d.n, 0) OR l.draws <> coalesce(d.last, 0)
              THEN format('lottery %s: %s draws counted, %s there, numbered up to %s', l.id, l.draws, coalesce(d.n, 0), coalesce(d.last, 0))
            WHEN p.odds IS DISTINCT FROM 1000000 THEN format('lottery %s: its odds make %s parts per million', l.id, coalesce(p.odds, 0)) END
FROM lotteries l LEFT JOIN (SELECT d.merchant_id, d.lottery_id, count(*) AS n, max(d.n) AS last FROM lottery_draws d WHERE {of("d")} GROUP BY 1, 2) d
  ON d.merchant_id = l.merchant_id AND d.lottery_id = l.id
LEFT JOIN (SELECT p.merchant_id, p.lottery_id, sum(p.odds) AS odds FROM lottery_prizes p WHERE {of("p")} GROUP BY 1, 2) p ON p.merchant_id = l.merchant_id AND p.lottery_id = l.id
WHERE {of("l")}
"""

LOTTERY_LIMITS = f"""
SELECT CASE WHEN d.n > l.per_day OR d.free > l.free_per_day THEN format('lottery %s, member %s on %s: %s draws of %s, %s free of %s', l.id, d.member_id, d.day, d.n, l.per_day, d.free, l.free_per_day)
            WHEN d.whole > l.per_member THEN format('lottery %s, member %s: %s draws of %s', l.id, d.member_id, d.whole, l.per_member)
            WHEN d.misdated > 0 THEN format('lottery %s, member %s: %s draws on another day than %s', l.id, d.member_id, d.misdated, d.day) END AS wrong
FROM (SELECT d.merchant_id, d.lottery_id, d.member_id, d.day, count(*) AS n, count(*) FILTER (WHERE d.points = 0) AS free,
             sum(count(*)) OVER (PARTITION BY d.merchant_id, d.lottery_id, d.member_id) AS whole,
             count(*) FILTER (WHERE d.day <> (d.at AT TIME ZONE m.time_zone)::date) AS misdated
      FROM lottery_draws d JOIN merchants m ON m.merchant_id = d.merchant_id WHERE {of("d")} GROUP BY 1, 2, 3, 4) d
JOIN lotteries l ON l.merchant_id = d.merchant_id AND l.id = d.lottery_id
"""
"""Days of the merchant's calendar."""

LOTTERY_DRAWS = f"""
SELECT CASE WHEN paid.amount IS DISTINCT FROM nullif(d.points, 0)::bigint OR paid.owner_id IS DISTINCT FROM CASE WHEN d.points > 0 THEN d.member_id END
              THEN format('draw %s of member %s for %s points: %s were spent', d.id, d.member_id, d.points, coalesce(paid.amount, 0))
            WHEN d.points NOT IN (0, l.points) OR d.odds_hash <> l.odds_hash THEN format('draw %s of lottery %s: other terms than its own', d.id, l.id)
            WHEN p.lottery_id <> d.lottery_id OR d.drawn < p.below OR d.drawn >= p.below + p.odds
              THEN format('draw %s: number %s is not of prize %s', d.id, d.drawn, d.prize_id)
            WHEN d.won_points IS DISTINCT FROM p.points OR won.amount IS DISTINCT FROM p.points::bigint OR won.owner_id IS DISTINCT FROM CASE WHEN p.points IS NOT NULL THEN d.member_id END
              THEN format('draw %s of member %s won %s points, %s came', d.id, d.member_id, coalesce(p.points, 0), coalesce(won.amount, 0))
            WHEN c.template_id IS DISTINCT FROM p.template_id OR c.member_id IS DISTINCT FROM CASE WHEN p.template_id IS NOT NULL THEN d.member_id END
                 OR c.business_key IS DISTINCT FROM CASE WHEN p.template_id IS NOT NULL THEN 'lottery:' || d.id END
              THEN format('draw %s of member %s: the coupon that was won is not there, or another', d.id, d.member_id) END AS wrong
FROM lottery_draws d JOIN lotteries l ON l.merchant_id = d.merchant_id AND l.id = d.lottery_id
LEFT JOIN (SELECT p.*, sum(p.odds) OVER (PARTITION BY p.merchant_id, p.lottery_id ORDER BY p.position) - p.odds AS below FROM lottery_prizes p WHERE {of("p")}) p
  ON p.merchant_id = d.merchant_id AND p.id = d.prize_id
LEFT JOIN (SELECT t.merchant_id, t.business_key, t.amount, a.owner_id FROM transfers t JOIN accounts a ON a.merchant_id = t.merchant_id AND a.id = t.debit_id
           WHERE t.unit = 'points') paid ON paid.merchant_id = d.merchant_id AND paid.business_key = 'lottery:' || d.id
LEFT JOIN (SELECT t.merchant_id, t.business_key, t.amount, a.owner_id FROM transfers t JOIN accounts a ON a.merchant_id = t.merchant_id AND a.id = t.credit_id
           WHERE t.unit = 'points') won ON won.merchant_id = d.merchant_id AND won.business_key = 'lottery:' || d.id || ':prize'
LEFT JOIN coupons c ON c.merchant_id = d.merchant_id AND c.id = d.coupon_id
WHERE {of("d")}
UNION ALL
SELECT CASE WHEN d.id IS NULL THEN format('transfer %s is of no draw', t.business_key) END
FROM transfers t LEFT JOIN lottery_draws d ON d.merchant_id = t.merchant_id AND d.id::text = split_part(t.business_key, ':', 2)
WHERE starts_with(t.business_key, 'lottery:') AND {of("t")}
UNION ALL
SELECT CASE WHEN d.id IS NULL THEN format('coupon %s of member %s was won in no draw', c.id, c.member_id) END
FROM coupons c LEFT JOIN lottery_draws d ON d.merchant_id = c.merchant_id AND d.coupon_id = c.id WHERE c.source = 'lottery' AND {of("c")}
"""
"""What was paid, drawn and won is one thing: the number stands in its prize's stretch, the prize came to who drew it, nothing else did."""

LOTTERY_BUDGETS = f"""
SELECT CASE WHEN coalesce(sum(p.worth_fen * p.stock), 0) > l.budget_fen OR coalesce(sum(p.worth_fen * p.won), 0) > l.budget_fen
       THEN format('lottery %s: prizes of %s, %s of them won, of a budget of %s', l.id, sum(p.worth_fen * p.stock), sum(p.worth_fen * p.won), l.budget_fen) END AS wrong
FROM lotteries l JOIN lottery_prizes p ON p.merchant_id = l.merchant_id AND p.lottery_id = l.id WHERE l.budget_fen IS NOT NULL AND {of("l")}
GROUP BY l.merchant_id, l.id, l.budget_fen
"""
