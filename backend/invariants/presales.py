"""Pre-sales (Q09) under O2, O4, O6 and O7: their deposits, their payments, what was booked for them."""

from __future__ import annotations

from backend.invariants.model import of

DEPOSITS = f"""
SELECT CASE WHEN s.state = 'settled' AND (o.presale_id IS DISTINCT FROM s.id OR o.deposit_fen <> s.used_fen OR o.paid_at IS NULL OR s.returned_fen <> s.deposit_fen - s.used_fen
                                          OR s.used_fen <> least(s.deposit_fen, o.payable_fen))
              THEN format('pre-sale %s: of %s the order has %s, %s is used, %s returned', s.number, s.deposit_fen, coalesce(o.deposit_fen, 0), s.used_fen, s.returned_fen)
            WHEN s.state = 'deposit_paid' AND s.order_id IS NOT NULL AND (o.presale_id IS DISTINCT FROM s.id OR o.state <> 'awaiting_payment' OR o.deposit_fen <> least(s.deposit_fen, o.payable_fen))
              THEN format('pre-sale %s: its order %s is %s with %s of a deposit of %s', s.number, s.order_id, coalesce(o.state, 'not there'), coalesce(o.deposit_fen, 0), s.deposit_fen)
            WHEN s.state = 'forfeited' AND (s.kept_fen <> s.keeps_fen OR s.used_fen + s.extra_fen <> 0)
              THEN format('pre-sale %s: %s of %s is kept, of at most %s', s.number, s.kept_fen, s.deposit_fen, s.keeps_fen)
            WHEN s.state = 'returned' AND (s.returned_fen <> s.deposit_fen OR s.extra_fen <> CASE s.why WHEN 'merchant' THEN s.keeps_fen ELSE 0 END)
              THEN format('pre-sale %s: %s of %s came back, and %s beside it', s.number, s.returned_fen, s.deposit_fen, s.extra_fen) END AS wrong
FROM presales s LEFT JOIN orders o ON o.merchant_id = s.merchant_id AND o.id = s.order_id WHERE {of("s")}
UNION ALL
SELECT CASE WHEN s.id IS NULL OR s.order_id <> o.id THEN format('order %s is the rest of a pre-sale that is not there, or has another', o.number) END
FROM orders o LEFT JOIN presales s ON s.merchant_id = o.merchant_id AND s.id = o.presale_id WHERE o.presale_id IS NOT NULL AND o.state <> 'cancelled' AND {of("o")}
"""
"""What a deposit came to: used, kept and returned by the rule of its end; a live order of the rest is its pre-sale's."""

RETURNED = f"""
SELECT CASE WHEN coalesce(t.amount, 0) <> s.returned_fen OR coalesce(p.amount_fen, 0) <> s.returned_fen OR p.transaction_id IS DISTINCT FROM CASE WHEN s.returned_fen > 0 THEN s.payment_id END
              THEN format('pre-sale %s: %s returned, %s booked as owed, %s on its way', s.number, s.returned_fen, coalesce(t.amount, 0), coalesce(p.amount_fen, 0))
            WHEN coalesce(x.amount, 0) <> s.extra_fen THEN format('pre-sale %s: %s beside the deposit, %s booked', s.number, s.extra_fen, coalesce(x.amount, 0)) END AS wrong
FROM presales s
LEFT JOIN transfers t ON t.merchant_id = s.merchant_id AND t.business_key = 'presale:' || s.id || ':returned'
LEFT JOIN transfers x ON x.merchant_id = s.merchant_id AND x.business_key = 'presale:' || s.id || ':extra'
LEFT JOIN payouts p ON p.merchant_id = s.merchant_id AND p.presale_id = s.id AND p.number = s.number || 'R'
WHERE {of("s")}
UNION ALL
SELECT CASE WHEN s.id IS NULL THEN format('transfer %s is of no pre-sale', t.business_key) END
FROM transfers t LEFT JOIN presales s ON s.merchant_id = t.merchant_id AND s.id::text = split_part(t.business_key, ':', 2)
WHERE starts_with(t.business_key, 'presale:') AND {of("t")}
"""

NEVER_MORE = f"""
SELECT CASE WHEN sum(p.amount_fen) > max(paid.fen) OR min(p.total_fen) <> max(p.total_fen) OR max(p.total_fen) <> max(paid.fen)
       THEN format('payment %s of %s: %s goes back, of a total of %s', p.transaction_id, max(paid.fen), sum(p.amount_fen), max(p.total_fen)) END AS wrong
FROM payouts p JOIN (
  SELECT s.merchant_id, s.payment_id, s.deposit_fen AS fen FROM presales s WHERE s.payment_id IS NOT NULL AND {of("s")}
  UNION ALL SELECT o.merchant_id, o.payment_id, o.due_fen FROM orders o WHERE o.presale_id IS NOT NULL AND o.due_fen > 0 AND o.payment_id IS NOT NULL AND {of("o")}) paid
  ON paid.merchant_id = p.merchant_id AND paid.payment_id = p.transaction_id
WHERE {of("p")} GROUP BY p.merchant_id, p.transaction_id
"""
"""Neither payment of a pre-sale gets back more than it paid."""

BOOKED = f"""
SELECT CASE WHEN coalesce(d.fen, 0) <> CASE WHEN s.paid_at IS NULL THEN 0 ELSE s.deposit_fen END OR coalesce(f.fen, 0) <> s.kept_fen
       THEN format('pre-sale %s: deposit of %s booked as %s, %s kept as %s', s.number, s.deposit_fen, coalesce(d.fen, 0), s.kept_fen, coalesce(f.fen, 0)) END AS wrong
FROM presales s
LEFT JOIN ({{lines}}) d ON d.merchant_id = s.merchant_id AND d.key = 'presale:' || s.id || ':deposit'
LEFT JOIN ({{lines}}) f ON f.merchant_id = s.merchant_id AND f.key = 'presale:' || s.id || ':forfeit'
WHERE {of("s")}
UNION ALL
SELECT CASE WHEN coalesce(j.fen, 0) <> coalesce(s.fen, 0) THEN format('deposits of merchant %s: %s are held, the journal owes %s', coalesce(j.merchant_id, s.merchant_id), coalesce(s.fen, 0), coalesce(j.fen, 0)) END
FROM (SELECT merchant_id, sum(fen) AS fen FROM (
        SELECT l.merchant_id, -l.fen AS fen FROM journal_lines l WHERE l.account = 'deposit_liability' AND {of("l")}
        UNION ALL SELECT t.merchant_id, -t.amount FROM transfers t WHERE t.kind = 'deposit_return' AND {of("t")}) x GROUP BY 1) j
FULL JOIN (SELECT s.merchant_id, sum(s.deposit_fen) AS fen FROM presales s WHERE s.state = 'deposit_paid' AND {of("s")} GROUP BY 1) s ON s.merchant_id = j.merchant_id
""".format(
    lines=f"SELECT e.merchant_id, e.business_key AS key, sum(abs(l.fen)) AS fen FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id"
    f" WHERE l.account = 'deposit_liability' AND e.kind IN ('deposit', 'forfeit') AND {of('e')} GROUP BY 1, 2"
)
"""Each deposit is booked once, and what is owed for deposits is what pre-sales hold."""

PAID_ONCE = f"""
SELECT CASE WHEN count(*) > 1 THEN format('payment %s paid %s pre-sales or orders', p.payment_id, count(*)) END AS wrong
FROM (SELECT s.merchant_id, s.payment_id FROM presales s WHERE s.payment_id IS NOT NULL AND {of("s")}
      UNION ALL SELECT o.merchant_id, o.payment_id FROM orders o WHERE o.payment_id IS NOT NULL AND o.due_fen > 0 AND {of("o")}) p
GROUP BY p.merchant_id, p.payment_id
"""

HELD_STATES = "('awaiting_deposit', 'deposit_paid')"
"""States in which a pre-sale holds its units, unless an order of its rest does."""
COUNTED_STATES = "('awaiting_deposit', 'deposit_paid', 'settled')"
"""States in which its units count as uses of its offer."""
