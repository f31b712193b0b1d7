"""B05: family accounts, looked at under the ids of what they are about (C2 one person, O4 and L4 what orders hold)."""

from __future__ import annotations

from backend.families import MOST_MEMBERS
from backend.invariants.model import of

ONE_FAMILY = f"""
SELECT CASE WHEN count(*) FILTER (WHERE p.left_at IS NULL) > 1 THEN format('member %s is in %s families', p.member_id, count(*) FILTER (WHERE p.left_at IS NULL))
       END AS wrong
FROM family_members p WHERE {of("p")} GROUP BY p.merchant_id, p.member_id
UNION ALL
SELECT CASE WHEN coalesce(p.n, 0) > {MOST_MEMBERS} THEN format('family %s has %s members', f.id, p.n)
            WHEN f.ended_at IS NOT NULL AND p.n > 0 THEN format('family %s has ended and has %s members', f.id, p.n)
            WHEN f.ended_at IS NULL AND NOT coalesce(p.founder, false) THEN format('family %s is without its founder', f.id) END
FROM families f LEFT JOIN (SELECT p.merchant_id, p.family_id, count(*) AS n, bool_or(p.member_id = f.founder_id) AS founder
                           FROM family_members p JOIN families f ON f.merchant_id = p.merchant_id AND f.id = p.family_id WHERE p.left_at IS NULL AND {of("p")} GROUP BY 1, 2) p
  ON p.merchant_id = f.merchant_id AND p.family_id = f.id
WHERE {of("f")}
"""

FAMILY_SPENDS = f"""
SELECT CASE WHEN o.member_id <> s.payer_id OR s.state <> CASE o.state WHEN 'awaiting_payment' THEN 'held' WHEN 'cancelled' THEN 'released' ELSE 'spent' END
              THEN format('order %s of %s is %s, %s points of %s for %s are %s', o.id, o.member_id, o.state, s.points, s.member_id, s.payer_id, s.state)
            WHEN (SELECT count(DISTINCT p.member_id) FROM family_members p WHERE p.merchant_id = s.merchant_id AND p.family_id = s.family_id
                  AND p.member_id IN (s.member_id, s.payer_id) AND p.joined_at <= s.at AND (p.left_at IS NULL OR p.left_at >= s.at)) <> 2
              THEN format('order %s: %s and %s were of no family', s.order_id, s.member_id, s.payer_id)
            WHEN s.returned <> coalesce(t.back, 0) THEN format('order %s: %s points came back to %s, %s are counted', s.order_id, coalesce(t.back, 0), s.member_id, s.returned) END AS wrong
FROM family_spends s JOIN orders o ON o.merchant_id = s.merchant_id AND o.id = s.order_id
LEFT JOIN (SELECT t.merchant_id, split_part(t.business_key, ':', 2) AS order_id, a.owner_id, sum(t.amount) AS back
           FROM transfers t JOIN accounts a ON a.merchant_id = t.merchant_id AND a.id = t.credit_id AND a.owner_kind = 'member'
           WHERE t.kind = 'refund' AND split_part(t.business_key, ':', 4) = 'family' AND {of("t")} GROUP BY 1, 2, 3) t
  ON t.merchant_id = s.merchant_id AND t.order_id = s.order_id::text AND t.owner_id = s.member_id
WHERE {of("s")}
"""
"""Whose points an order has are of the payer's family when they were taken, and went where its refunds say."""
