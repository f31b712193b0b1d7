"""B04: growth from reviews and shares, looked at under C3 (what was told is there, and nothing else)."""

from __future__ import annotations

from backend.invariants.model import of

DEEDS = f"""
SELECT CASE WHEN t.amount IS DISTINCT FROM nullif(d.growth, 0)::bigint OR t.owner_id IS DISTINCT FROM CASE WHEN d.growth > 0 THEN d.member_id END
              THEN format('%s of member %s brought %s growth, booked %s', d.key, d.member_id, d.growth, coalesce(t.amount, 0))
            WHEN b.amount IS DISTINCT FROM nullif(d.back, 0)::bigint THEN format('%s of member %s: %s growth went again, booked %s', d.key, d.member_id, d.back, coalesce(b.amount, 0))
            END AS wrong
FROM (SELECT r.merchant_id, 'review:' || r.id AS key, r.member_id, r.growth, r.taken_back AS back FROM reviews r WHERE {of("r")}
      UNION ALL SELECT s.merchant_id, 'share:' || s.id, s.sharer_id, s.growth, 0 FROM share_openings s WHERE {of("s")}) d
LEFT JOIN (SELECT t.merchant_id, t.business_key, t.amount, a.owner_id FROM transfers t JOIN accounts a ON a.merchant_id = t.merchant_id AND a.id = t.credit_id
           WHERE t.unit = 'growth') t ON t.merchant_id = d.merchant_id AND t.business_key = d.key
LEFT JOIN transfers b ON b.merchant_id = d.merchant_id AND b.business_key = d.key || ':back'
UNION ALL
SELECT CASE WHEN r.id IS NULL AND s.id IS NULL THEN format('transfer %s is of no review and no share', t.business_key) END
FROM transfers t LEFT JOIN reviews r ON r.merchant_id = t.merchant_id AND r.id::text = split_part(t.business_key, ':', 2)
LEFT JOIN share_openings s ON s.merchant_id = t.merchant_id AND s.id::text = split_part(t.business_key, ':', 2)
WHERE (starts_with(t.business_key, 'review:') OR starts_with(t.business_key, 'share:')) AND {of("t")}
"""
"""Growth of a review or a share is booked once, to who did it, and what went again was there."""
