"""L1–L7: the ledger."""

from __future__ import annotations

from backend.invariants.model import Invariant, Look, of
from backend.kit.roles import CHANGED

TRANSFERS = f"""
SELECT CASE WHEN d.unit IS DISTINCT FROM t.unit OR c.unit IS DISTINCT FROM t.unit
              THEN format('transfer %s of %s: between %s and %s', t.id, t.unit, coalesce(d.unit, 'nothing'), coalesce(c.unit, 'nothing'))
            WHEN e.n IS DISTINCT FROM 2 OR e.debit IS DISTINCT FROM -t.amount OR e.credit IS DISTINCT FROM t.amount
              THEN format('transfer %s of %s: its entries are %s and %s', t.id, t.amount, e.debit, e.credit) END AS wrong
FROM transfers t LEFT JOIN accounts d ON d.merchant_id = t.merchant_id AND d.id = t.debit_id
LEFT JOIN accounts c ON c.merchant_id = t.merchant_id AND c.id = t.credit_id
LEFT JOIN (SELECT e.merchant_id, e.transfer_id, count(*) AS n, sum(e.amount) FILTER (WHERE e.account_id = t.debit_id) AS debit,
                  sum(e.amount) FILTER (WHERE e.account_id = t.credit_id) AS credit
           FROM entries e JOIN transfers t ON t.merchant_id = e.merchant_id AND t.id = e.transfer_id WHERE {of("e")} GROUP BY 1, 2) e
  ON e.merchant_id = t.merchant_id AND e.transfer_id = t.id
WHERE {of("t")}
"""

ZERO = f"""
SELECT CASE WHEN sum(a.balance) <> 0 THEN format('merchant %s, unit %s sums to %s', a.merchant_id, a.unit, sum(a.balance)) END AS wrong
FROM accounts a WHERE {of("a")} GROUP BY a.merchant_id, a.unit
"""

BALANCES = f"""
SELECT CASE WHEN a.balance <> coalesce(e.total, 0) OR a.held <> coalesce(h.open, 0)
              THEN format('account %s: balance %s, entries %s, held %s, open holds %s', a.id, a.balance, coalesce(e.total, 0), a.held, coalesce(h.open, 0))
            WHEN a.version <> coalesce(e.n, 0) OR coalesce(e.last, 0) <> coalesce(e.n, 0)
              THEN format('account %s: version %s, %s entries numbered up to %s', a.id, a.version, coalesce(e.n, 0), coalesce(e.last, 0))
            WHEN e.broken > 0 THEN format('account %s: %s entries do not follow from those before', a.id, e.broken) END AS wrong
FROM accounts a
LEFT JOIN (SELECT merchant_id, account_id, sum(amount) AS total, count(*) AS n, max(sequence) AS last, count(*) FILTER (WHERE balance_after <> running) AS broken
           FROM (SELECT e.*, sum(e.amount) OVER (PARTITION BY e.merchant_id, e.account_id ORDER BY e.sequence) AS running FROM entries e WHERE {of("e")}) e
           GROUP BY 1, 2) e ON e.merchant_id = a.merchant_id AND e.account_id = a.id
LEFT JOIN (SELECT h.merchant_id, h.account_id, sum(h.amount) AS open FROM holds h WHERE h.state = 'open' AND {of("h")} GROUP BY 1, 2) h
  ON h.merchant_id = a.merchant_id AND h.account_id = a.id
WHERE {of("a")}
"""

BOUNDS = f"""
SELECT CASE WHEN a.owner_kind = 'member' AND a.lower_bound IS NULL THEN format('account %s of member %s has no bound', a.id, a.owner_id)
            WHEN a.balance - a.held < a.lower_bound
              THEN format('account %s: balance %s less %s held is below its bound %s', a.id, a.balance, a.held, a.lower_bound)
            WHEN e.lowest < a.lower_bound THEN format('account %s was at %s once, below its bound %s', a.id, e.lowest, a.lower_bound) END AS wrong
FROM accounts a LEFT JOIN (SELECT e.merchant_id, e.account_id, min(e.balance_after) AS lowest FROM entries e WHERE {of("e")} GROUP BY 1, 2) e
  ON e.merchant_id = a.merchant_id AND e.account_id = a.id
WHERE {of("a")}
"""

GROWTH = f"""
SELECT CASE WHEN m.growth <> coalesce(a.balance, 0) THEN format('member %s: growth %s, account %s', m.id, m.growth, coalesce(a.balance, 0))
            WHEN m.growth_period > 0 AND m.level_until IS NULL THEN format('member %s: growth of a period without an end', m.id)
            WHEN m.growth_owed <> coalesce(o.balance, 0) THEN format('member %s: %s growth owed, account %s', m.id, m.growth_owed, coalesce(o.balance, 0))
            WHEN m.growth_spent <> coalesce(x.spent, 0) THEN format('member %s: %s growth exchanged, booked %s', m.id, m.growth_spent, coalesce(x.spent, 0))
            WHEN l.after IS NOT NULL AND l.after <> m.level THEN format('member %s: level %s, moved to %s last', m.id, m.level, l.after) END AS wrong
FROM members m
LEFT JOIN accounts a ON a.merchant_id = m.merchant_id AND a.owner_kind = 'member' AND a.owner_id = m.id AND a.unit = 'growth'
LEFT JOIN accounts o ON o.merchant_id = m.merchant_id AND o.owner_kind = 'member' AND o.owner_id = m.id AND o.unit = 'growth_owed'
LEFT JOIN (SELECT t.merchant_id, a.owner_id, sum(CASE t.kind WHEN 'exchange' THEN t.amount ELSE -t.amount END) AS spent FROM transfers t
           JOIN accounts a ON a.merchant_id = t.merchant_id AND a.id IN (t.debit_id, t.credit_id) AND a.owner_kind = 'member'
           WHERE t.unit = 'growth' AND t.kind IN ('exchange', 'exchange_back') AND {of("t")} GROUP BY 1, 2) x ON x.merchant_id = m.merchant_id AND x.owner_id = m.id
LEFT JOIN (SELECT DISTINCT ON (l.merchant_id, l.member_id) l.merchant_id, l.member_id, l.after FROM level_moves l WHERE {of("l")}
           ORDER BY l.merchant_id, l.member_id, l.id DESC) l ON l.merchant_id = m.merchant_id AND l.member_id = m.id
WHERE {of("m")}
"""
"""What levels are read from agrees with the ledger, and the level with its history."""

HOLDS = f"""
SELECT CASE WHEN h.state = 'posted' AND (h.posted NOT BETWEEN 1 AND h.amount OR t.amount IS DISTINCT FROM h.posted OR h.account_id IS DISTINCT FROM t.debit_id)
              THEN format('hold %s of %s is posted with %s, moved %s', h.id, h.amount, h.posted, coalesce(t.amount, 0))
            WHEN h.state <> 'posted' AND (h.posted <> 0 OR t.id IS NOT NULL)
              THEN format('hold %s is %s, yet %s was moved', h.id, h.state, coalesce(t.amount, h.posted)) END AS wrong
FROM holds h LEFT JOIN transfers t ON t.merchant_id = h.merchant_id AND t.business_key = 'post:' || h.business_key
WHERE {of("h")}
"""

KEYS = f"""
SELECT CASE WHEN count(*) > 1 THEN format('%s: business key %s occurs %s times', k.kind, k.business_key, count(*)) END AS wrong
FROM (SELECT 'transfer' AS kind, t.merchant_id, t.business_key FROM transfers t WHERE {of("t")}
      UNION ALL SELECT 'hold', h.merchant_id, h.business_key FROM holds h WHERE {of("h")}) k
GROUP BY k.kind, k.merchant_id, k.business_key
"""

LOTS_OF_ACCOUNTS = f"""
SELECT CASE WHEN a.balance <> coalesce(l.remaining, 0) OR a.held <> coalesce(l.held, 0)
       THEN format('account %s: balance %s, lots %s, held %s, of lots %s', a.id, a.balance, coalesce(l.remaining, 0), a.held, coalesce(l.held, 0)) END AS wrong
FROM accounts a LEFT JOIN (SELECT l.merchant_id, l.account_id, sum(l.remaining) AS remaining, sum(l.held) AS held FROM lots l WHERE {of("l")} GROUP BY 1, 2) l
  ON l.merchant_id = a.merchant_id AND l.account_id = a.id
WHERE a.owner_kind = 'member' AND a.unit IN ('points', 'red_packet') AND {of("a")}
"""

LOTS = f"""
SELECT CASE WHEN (a.unit = 'red_packet') <> (l.min_fen IS NOT NULL) THEN format('lot %s of %s: its least payable is %s', l.id, a.unit, coalesce(l.min_fen::text, 'none'))
            WHEN l.remaining NOT BETWEEN l.held AND l.amount OR l.remaining <> coalesce(p.total, 0) OR l.held <> coalesce(h.total, 0)
              THEN format('lot %s: %s of %s left, its parts make %s, %s held, of open holds %s', l.id, l.remaining, l.amount, coalesce(p.total, 0), l.held, coalesce(h.total, 0))
            WHEN l.remaining > l.held AND l.expires_at < now() - interval '1 day' THEN format('lot %s ended at %s and still has %s', l.id, l.expires_at, l.remaining - l.held)
            WHEN p.late > 0 THEN format('lot %s ended at %s and was drawn on %s times after', l.id, l.expires_at, p.late) END AS wrong
FROM lots l JOIN accounts a ON a.merchant_id = l.merchant_id AND a.id = l.account_id
LEFT JOIN (SELECT p.merchant_id, p.lot_id, sum(p.amount) AS total,
                  count(*) FILTER (WHERE p.amount < 0 AND t.at >= l.expires_at AND t.kind <> 'expire' AND NOT starts_with(t.business_key, 'post:')) AS late
           FROM lot_parts p JOIN lots l ON l.merchant_id = p.merchant_id AND l.id = p.lot_id
           LEFT JOIN transfers t ON t.merchant_id = p.merchant_id AND t.id = p.transfer_id WHERE {of("p")} GROUP BY 1, 2) p ON p.merchant_id = l.merchant_id AND p.lot_id = l.id
LEFT JOIN (SELECT x.merchant_id, x.lot_id, sum(x.amount) AS total FROM held_parts x JOIN holds h ON h.merchant_id = x.merchant_id AND h.id = x.hold_id AND h.state = 'open'
           WHERE {of("x")} GROUP BY 1, 2) h ON h.merchant_id = l.merchant_id AND h.lot_id = l.id
WHERE {of("l")}
"""
"""What an order holds of a lot is its own, whenever the lot ends. The schedule takes the rest off within a day."""

LOTS_OF_TRANSFERS = f"""
SELECT CASE WHEN e.amount <> coalesce(p.total, 0) THEN format('transfer %s moved %s, of lots %s', e.transfer_id, e.amount, coalesce(p.total, 0)) END AS wrong
FROM entries e JOIN accounts a ON a.merchant_id = e.merchant_id AND a.id = e.account_id AND a.owner_kind = 'member' AND a.unit IN ('points', 'red_packet')
LEFT JOIN (SELECT p.merchant_id, p.transfer_id, sum(p.amount) AS total FROM lot_parts p WHERE p.transfer_id IS NOT NULL AND {of("p")} GROUP BY 1, 2) p
  ON p.merchant_id = e.merchant_id AND p.transfer_id = e.transfer_id
WHERE p.transfer_id IS NOT NULL AND {of("e")}
"""
"""Movements from before there were lots have none."""

KEPT = """unnest(ARRAY['entries', 'transfers', 'coupon_moves', 'refunds', 'lot_parts', 'journal_entries', 'journal_lines', 'member_policies', 'level_moves',
  'lottery_draws', 'stock_receipts', 'member_records', 'member_consents', 'member_ties', 'coupon_refusals', 'drop_tiers']) AS t (name)"""

APPEND_ONLY = f"""
SELECT CASE WHEN coalesce(bit_or(g.tgtype::int) FILTER (WHERE g.tgenabled IN ('O', 'A') AND p.proname = 'forbid_change' AND g.tgtype & 2 = 2), 0) & 57 <> 57
       THEN format('table %s can be updated, deleted from or emptied', t.name) END AS wrong
FROM {KEPT}
LEFT JOIN pg_class c ON c.oid = to_regclass(t.name) LEFT JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
LEFT JOIN pg_proc p ON p.oid = g.tgfoid
WHERE $1::uuid IS NULL OR $1::uuid IS NOT NULL GROUP BY t.name
"""
"""tgtype: 1 for each row, 2 before, 8 delete, 16 update, 32 truncate."""

ROLE = f"""
WITH kept AS (SELECT t.name, c.oid, c.relowner FROM {KEPT} JOIN pg_class c ON c.oid = to_regclass(t.name)),
promised (name, columns) AS (VALUES {", ".join(f"('{t}', ARRAY{list(c)})" for t, c in CHANGED.items())}),
me AS (SELECT r.oid, r.rolname, r.rolsuper FROM pg_roles r WHERE pg_has_role(r.oid, 'MEMBER')),
can AS (SELECT r.rolname, CASE WHEN r.rolsuper THEN 'it is a superuser' ELSE concat_ws(', ',
  (SELECT 'it may become a superuser, ' || string_agg(me.rolname, ', ') FROM me WHERE me.rolsuper),
  (SELECT 'it may write files of the server' FROM me WHERE me.rolname IN ('pg_execute_server_program', 'pg_write_server_files') LIMIT 1),
  (SELECT 'it may switch triggers off for a session' FROM me WHERE NOT me.rolsuper AND has_parameter_privilege(me.oid, 'session_replication_role', 'SET') LIMIT 1),
  CASE WHEN pg_has_role(d.datdba, 'MEMBER') OR pg_has_role(n.nspowner, 'MEMBER') THEN 'it owns the database' END,
  (SELECT 'it owns or may change ' || string_agg(DISTINCT k.name, ', ') FROM kept k, me WHERE NOT me.rolsuper AND (me.oid = k.relowner
     OR has_any_column_privilege(me.oid, k.oid, 'UPDATE') OR has_table_privilege(me.oid, k.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'))),
  (SELECT 'it may change what was promised in ' || string_agg(DISTINCT p.name, ', ') FROM promised p JOIN pg_class c ON c.oid = to_regclass(p.name), me
     WHERE NOT me.rolsuper AND (me.oid = c.relowner OR has_table_privilege(me.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER')
       OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL(p.columns)
         AND has_column_privilege(me.oid, c.oid, a.attnum, 'UPDATE'))))) END AS why
  FROM pg_roles r, pg_database d, pg_namespace n
  WHERE r.rolname = current_user AND d.datname = current_database() AND n.oid = 'public'::regnamespace)
SELECT CASE WHEN why <> '' THEN format('role %s can rewrite what is append-only: %s', rolname, why) END AS wrong FROM can
WHERE $1::uuid IS NULL OR $1::uuid IS NOT NULL
"""
"""Of the role that looks, which is the application's (`shuhui invariants` logs in as it does), and of every role that it could become,
whether it inherits from it or must say SET ROLE: nothing but a superuser, an owner, or somebody who was given more than `kit/roles.py`
gives could get past the triggers (decision 0036)."""

LEDGER = (
    Invariant(
        "L1",
        "每笔转账在同一商户同一单位的两个账户之间，各单位合计为零",
        "Every transfer is between two accounts of one merchant and unit; every unit sums to zero",
        (Look("transfers", TRANSFERS), Look("units", ZERO)),
    ),
    Invariant(
        "L2",
        "余额等于流水之和，冻结等于未结冻结之和",
        "A balance equals its entries, what is held its open holds",
        (Look("accounts", BALANCES), Look("growth of members", GROWTH, needs=("level_moves", "members.growth_owed"))),
    ),
    Invariant(
        "L3",
        "余额减冻结不低于下限",
        "Balance less holds never falls below the bound",
        (Look("accounts", BOUNDS),),
    ),
    Invariant(
        "L4",
        "一笔冻结只结束一次",
        "A hold ends exactly once: posted up to its amount, voided or expired",
        (Look("holds", HOLDS),),
    ),
    Invariant("L5", "业务键只出现一次", "A business key occurs once", (Look("business keys", KEYS),)),
    Invariant(
        "L6",
        "积分批次、红包合计等于余额",
        "Points lots and red packets add up to the balance; an expired lot holds nothing",
        (
            Look("lots of accounts", LOTS_OF_ACCOUNTS, needs=("lots",)),
            Look("lots", LOTS, needs=("lots.min_fen", "lot_parts", "held_parts")),
            Look("lots of movements", LOTS_OF_TRANSFERS, needs=("lot_parts",)),
        ),
    ),
    Invariant(
        "L7",
        "流水不可改不可删",
        "Entries cannot be updated or deleted",
        (Look("append-only tables", APPEND_ONLY), Look("the application's role", ROLE)),
    ),
)
