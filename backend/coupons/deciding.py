"""The two statements of a batch of claims (docs/decisions/0003-micro-batches.md, 0015-coupon-drops.md).

What decides the tier of a member (K10) is the member's row as it stands when the second one begins, after the drop is locked: an
order that was paid before that counts, one that is paid later does not. Claims that are given are the first ones that places,
budget and batch allow; what is told to the others is true of what is left after these. One that would have been given had not a
dearer tier stood before it in the budget is answered `Later`: nothing is recorded, it heads the next batch.
"""

from backend import members

# codes and days are looked up one by one (LATERAL … LIMIT 1): a plan that was kept from when the tables were empty must not
# read a million codes for every batch. Records are written in the order of their keys, as reports of exposures write theirs
TEMPLATES = (
    "b.merchant_id = d.merchant_id AND (b.template_id = d.template_id OR EXISTS (SELECT 1 FROM drop_tiers s"
    " WHERE s.merchant_id = d.merchant_id AND s.drop_id = d.id AND s.template_id = b.template_id))"
)
LOCK = f"""
SELECT d.id, EXISTS (SELECT 1 FROM template_budgets b WHERE {TEMPLATES}) AS budgeted FROM coupon_drops d
WHERE (d.merchant_id, d.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY d.merchant_id, d.id FOR UPDATE OF d
"""

# only where a template of these drops has a budget (K01): one that gets its first one meanwhile counts from the next batch on
LOCK_BUDGETS = f"""
SELECT b.merchant_id, b.template_id FROM template_budgets b
WHERE EXISTS (SELECT 1 FROM coupon_drops d WHERE (d.merchant_id, d.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) AND {TEMPLATES})
ORDER BY b.merchant_id, b.template_id FOR UPDATE
"""

DECIDE = f"""
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::text[], $10::timestamptz[],
                       $11::text[], $12::uuid[], $13::text[], $14::text[], $15::text[], $16::uuid[], $17::text[], $18::text[], $19::text[], $20::text[],
                       $21::text[], $22::text[], $23::text[])
    AS i (n, merchant_id, drop_id, member_id, actor, key, hash, coupon_id, code, at,
          channel, store_id, placement, via, source, code_id, misfit, note, command, tz, as_new, as_returning, brought)
), seen AS MATERIALIZED (
  SELECT i.n, r.input_hash = i.hash AS same, r.answer FROM input i
  JOIN idempotency_records r ON r.merchant_id = i.merchant_id AND r.actor = i.actor AND r.key = i.key
), here AS MATERIALIZED (
  SELECT d.merchant_id, d.id, d.state, d.access, d.starts_at, d.ends_at, d.total, d.issued, d.per_member, d.per_day, d.gives_back, d.template_id, d.extra_fen,
         b.newest, b.next_at, d.total - d.issued AS left_total, d.budget_fen - d.promised_fen - d.spent_fen AS left_fen,
         CASE WHEN b.batches = 0 THEN NULL WHEN d.carry THEN coalesce(b.opened, 0) - d.issued ELSE coalesce(b.newest_left, 0) END AS left_batch
  FROM (SELECT merchant_id, drop_id, max(at) AS at FROM input GROUP BY 1, 2) x
  JOIN coupon_drops d ON d.merchant_id = x.merchant_id AND d.id = x.drop_id
  CROSS JOIN LATERAL (
    SELECT count(*) AS batches, sum(s.share) FILTER (WHERE s.opens_at <= x.at) AS opened, max(s.position) FILTER (WHERE s.opens_at <= x.at) AS newest,
           (array_agg(s.share - s.issued ORDER BY s.position DESC) FILTER (WHERE s.opens_at <= x.at))[1] AS newest_left,
           min(s.opens_at) FILTER (WHERE s.opens_at > x.at) AS next_at
    FROM drop_batches s WHERE s.merchant_id = d.merchant_id AND s.drop_id = d.id) b
), budgets AS MATERIALIZED (
  SELECT b.merchant_id, b.template_id, b.budget_fen - b.promised_fen - b.spent_fen AS left_kind
  FROM unnest($24::uuid[], $25::uuid[]) AS x (merchant_id, template_id) JOIN template_budgets b ON b.merchant_id = x.merchant_id AND b.template_id = x.template_id
), kinds AS MATERIALIZED (
  SELECT k.merchant_id, k.drop_id, k.position, t.id AS template_id, t.valid_from, t.valid_until, t.valid_hours, t.valid_days, t.next_day,
         coalesce(t.face_fen, 0) + k.extra_fen AS cost_fen, coalesce(t.face_fen, 0) AS face_fen,
         min(coalesce(t.face_fen, 0) + k.extra_fen) OVER (PARTITION BY k.merchant_id, k.drop_id) AS least_fen,
         b.template_id IS NOT NULL AS in_budget, b.left_kind
  FROM (SELECT merchant_id, id AS drop_id, 0 AS position, template_id, extra_fen FROM here
        UNION ALL SELECT s.merchant_id, s.drop_id, s.position, s.template_id, d.extra_fen FROM here d JOIN drop_tiers s ON s.merchant_id = d.merchant_id AND s.drop_id = d.id) k
  JOIN coupon_templates t ON t.merchant_id = k.merchant_id AND t.id = k.template_id
  LEFT JOIN budgets b ON b.merchant_id = k.merchant_id AND b.template_id = k.template_id
), asked AS MATERIALIZED (
  SELECT i.*, coalesce(i.misfit::jsonb, CASE WHEN w.told ? 'type' THEN w.told END) AS refused, d.id IS NOT NULL AND d.state <> 'draft' AND d.access = i.via AND (i.code_id IS NULL OR p.id IS NOT NULL) AS found,
         d.state = 'published' AND i.at >= d.starts_at AND i.at < d.ends_at AS open, d.state = 'ended' OR i.at >= d.ends_at AS ended,
         d.starts_at, d.ends_at, d.total, d.issued, d.per_member, d.per_day, d.gives_back, k.template_id, k.valid_from, k.valid_until, k.valid_hours,
         k.valid_days, k.next_day, k.face_fen, k.cost_fen, k.least_fen, k.in_budget, k.left_kind, d.extra_fen, d.newest, d.next_at, d.left_total, d.left_fen, d.left_batch,
         (i.at AT TIME ZONE i.tz)::date AS day, coalesce(h.held, 0) AS held, coalesce(y.held, 0) AS held_today, c.used_at, c.member_id AS used_by
  FROM input i
  LEFT JOIN here d ON d.merchant_id = i.merchant_id AND d.id = i.drop_id
  CROSS JOIN LATERAL (SELECT (CASE WHEN i.as_new IS NULL THEN NULL WHEN ({members.HAS_ORDERED.format("i.merchant_id", "i.member_id")}) THEN i.as_returning
       ELSE i.as_new END)::jsonb AS told) w
  LEFT JOIN kinds k ON k.merchant_id = i.merchant_id AND k.drop_id = i.drop_id AND k.position = coalesce((w.told->>'tier')::int, 0)
  LEFT JOIN drop_holders h ON h.merchant_id = i.merchant_id AND h.drop_id = i.drop_id AND h.member_id = i.member_id
  LEFT JOIN LATERAL (SELECT y.held FROM drop_days y WHERE d.per_day IS NOT NULL AND y.merchant_id = i.merchant_id AND y.drop_id = i.drop_id
       AND y.member_id = i.member_id AND y.day = (i.at AT TIME ZONE i.tz)::date LIMIT 1) y ON true
  LEFT JOIN LATERAL (SELECT c.used_at, c.member_id, c.pool_id FROM coupon_codes c WHERE i.code_id IS NOT NULL AND c.merchant_id = i.merchant_id
       AND c.id = i.code_id LIMIT 1) c ON true
  LEFT JOIN LATERAL (SELECT p.id FROM code_pools p WHERE c.pool_id IS NOT NULL AND p.merchant_id = i.merchant_id AND p.id = c.pool_id
       AND p.drop_id = i.drop_id LIMIT 1) p ON true
  WHERE NOT EXISTS (SELECT 1 FROM seen s WHERE s.n = i.n)
), ranked AS MATERIALIZED (
  SELECT a.*, row_number() OVER w AS place, sum(cost_fen) OVER w AS upto_fen, sum(face_fen) OVER (PARTITION BY merchant_id, template_id, fits ORDER BY n) AS upto_kind
  FROM (SELECT *, found AND open AND used_at IS NULL AND refused IS NULL AND held < per_member AND (per_day IS NULL OR held_today < per_day) AS fits FROM asked) a
  WINDOW w AS (PARTITION BY merchant_id, drop_id, fits ORDER BY n)
), placed AS MATERIALIZED (
  SELECT p.*, count(*) FILTER (WHERE given) OVER w AS given_count, coalesce(sum(cost_fen) FILTER (WHERE given) OVER w, 0) AS given_fen,
         coalesce(sum(face_fen) FILTER (WHERE given) OVER (PARTITION BY merchant_id, template_id), 0) AS given_kind
  FROM (SELECT *, fits AND place <= left_total AND (left_fen IS NULL OR upto_fen <= left_fen) AND (left_batch IS NULL OR place <= left_batch)
         AND (left_kind IS NULL OR upto_kind <= left_kind) AS given FROM ranked) p
  WINDOW w AS (PARTITION BY merchant_id, drop_id)
), decided AS MATERIALIZED (
  SELECT r.*, left_fen IS NOT NULL AND given_fen + least_fen > left_fen AS all_out, CASE
      WHEN NOT found THEN jsonb_build_object('type', 'DropNotFound')
      WHEN used_at IS NOT NULL THEN jsonb_build_object('type', 'CodeUsed', 'used_at', used_at, 'mine', used_by = member_id)
      WHEN NOT open THEN jsonb_build_object('type', 'DropNotOpen', 'opens_at', starts_at, 'closes_at', ends_at, 'ended', ended)
      WHEN refused IS NOT NULL THEN refused
      WHEN held >= per_member THEN jsonb_build_object('type', 'ClaimLimitReached', 'limit', per_member, 'held', held)
      WHEN held_today >= per_day THEN jsonb_build_object('type', 'DailyLimitReached', 'limit', per_day, 'held', held_today,
           'resets_at', (day + 1)::timestamp AT TIME ZONE tz)
      WHEN given THEN jsonb_build_object('type', 'Claimed', 'coupon_id', coupon_id)
      WHEN given_count >= left_total THEN jsonb_build_object('type', 'CouponSoldOut', 'total', total, 'because', 'TOTAL', 'next_batch_at', NULL)
      WHEN given_fen + cost_fen > left_fen OR given_kind + face_fen > left_kind THEN jsonb_build_object('type', 'CouponSoldOut', 'total', total, 'because', 'BUDGET', 'next_batch_at', NULL)
      WHEN given_count >= left_batch THEN jsonb_build_object('type', 'CouponSoldOut', 'total', total, 'because', 'BATCH', 'next_batch_at', next_at)
      ELSE jsonb_build_object('type', 'Later') END AS answer
  FROM placed r
), granted AS MATERIALIZED (
  SELECT *, CASE WHEN valid_hours IS NOT NULL THEN begins + make_interval(hours => valid_hours)
                 WHEN valid_days IS NOT NULL THEN (day + valid_days + 1)::timestamp AT TIME ZONE tz ELSE valid_until END AS expires
  FROM (SELECT *, CASE WHEN next_day THEN (day + 1)::timestamp AT TIME ZONE tz ELSE greatest(at, coalesce(valid_from, at)) END AS begins
        FROM decided WHERE answer->>'type' = 'Claimed') g
), records AS (
  INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, answer, at)
  SELECT gen_random_uuid(), merchant_id, actor, key, command, hash, answer, at FROM decided
  WHERE answer->>'type' <> 'Later' ORDER BY merchant_id, actor COLLATE "C", key COLLATE "C"
), counted AS (
  UPDATE coupon_drops d SET issued = d.issued + g.n, promised_fen = d.promised_fen + g.face, spent_fen = d.spent_fen + g.extra
  FROM (SELECT merchant_id, drop_id, count(*) AS n, sum(face_fen) AS face, sum(extra_fen) AS extra FROM granted GROUP BY 1, 2) g
  WHERE d.merchant_id = g.merchant_id AND d.id = g.drop_id
), counted_kinds AS (
  UPDATE template_budgets b SET promised_fen = b.promised_fen + g.face
  FROM (SELECT merchant_id, template_id, sum(face_fen) AS face FROM granted WHERE in_budget GROUP BY 1, 2) g
  WHERE b.merchant_id = g.merchant_id AND b.template_id = g.template_id
), batched AS (
  UPDATE drop_batches b SET issued = b.issued + g.n
  FROM (SELECT merchant_id, drop_id, newest, count(*) AS n FROM granted WHERE newest IS NOT NULL GROUP BY 1, 2, 3) g
  WHERE b.merchant_id = g.merchant_id AND b.drop_id = g.drop_id AND b.position = g.newest
), holders AS (
  INSERT INTO drop_holders AS h (id, merchant_id, drop_id, member_id, held)
  SELECT gen_random_uuid(), merchant_id, drop_id, member_id, count(*) FROM granted GROUP BY 2, 3, 4
  ON CONFLICT (merchant_id, drop_id, member_id) DO UPDATE SET held = h.held + excluded.held
), days AS (
  INSERT INTO drop_days AS y (id, merchant_id, drop_id, member_id, day, held)
  SELECT gen_random_uuid(), merchant_id, drop_id, member_id, day, count(*) FROM granted WHERE per_day IS NOT NULL GROUP BY 2, 3, 4, 5
  ON CONFLICT (merchant_id, drop_id, member_id, day) DO UPDATE SET held = y.held + excluded.held
), coupons_written AS (
  INSERT INTO coupons (id, merchant_id, template_id, drop_id, member_id, code, state, source, claimed_at, valid_from, expires_at, face_fen, channel, store_id, placement, via, in_budget)
  SELECT coupon_id, merchant_id, template_id, drop_id, member_id, code, 'issued', source, at, begins, expires, face_fen, channel, store_id, placement, brought, in_budget FROM granted
), codes AS (
  UPDATE coupon_codes c SET member_id = g.member_id, coupon_id = g.coupon_id, used_at = g.at FROM granted g
  WHERE c.merchant_id = g.merchant_id AND c.id = g.code_id
), moves AS (
  INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason, note, channel, store_id)
  SELECT gen_random_uuid(), merchant_id, coupon_id, NULL, 'issued', at, actor, source, note, channel, store_id FROM granted
), facts AS (
  INSERT INTO outbox_events (id, merchant_id, aggregate, kind, payload, occurred_at)
  SELECT gen_random_uuid(), merchant_id, 'member:' || member_id, 'CouponClaimed', jsonb_build_object('coupon_id', coupon_id, 'drop_id', drop_id,
         'member_id', member_id, 'store_id', store_id, 'channel', channel, 'at', at), at FROM granted
)
SELECT n, answer, true AS same, false AS replayed, issued, gives_back, all_out FROM decided
UNION ALL SELECT n, answer, same, true, NULL, NULL, NULL FROM seen
"""
