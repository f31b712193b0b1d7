-- One claim as one guarded statement: what a careful developer writes first. Exact, and each claim waits for the commit of the
-- one before on the row of the drop. $1 merchant, $2 drop, $3 member, $4 key, $5 coupon, $6 code, $7 now.
WITH taken AS (
  UPDATE coupon_drops d SET issued = issued + 1
  WHERE d.merchant_id = $1 AND d.id = $2 AND d.state = 'published' AND d.issued < d.total AND $7 >= d.starts_at AND $7 < d.ends_at
    AND NOT EXISTS (SELECT 1 FROM drop_holders h WHERE h.merchant_id = $1 AND h.drop_id = $2 AND h.member_id = $3 AND h.held >= d.per_member)
  RETURNING d.template_id
), record AS (
  INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, answer, at)
  SELECT gen_random_uuid(), $1, 'consumer:' || $3::uuid, $4, 'claimCoupon', '', jsonb_build_object('type', 'Claimed', 'coupon_id', $5::uuid), $7 FROM taken
), holder AS (
  INSERT INTO drop_holders AS h (id, merchant_id, drop_id, member_id, held) SELECT gen_random_uuid(), $1, $2, $3, 1 FROM taken
  ON CONFLICT (merchant_id, drop_id, member_id) DO UPDATE SET held = h.held + 1
), coupon AS (
  INSERT INTO coupons (id, merchant_id, template_id, drop_id, member_id, code, state, source, claimed_at, valid_from, expires_at, face_fen)
  SELECT $5, $1, t.id, $2, $3, $6, 'issued', 'claim', $7, $7, $7 + make_interval(hours => t.valid_hours), 0
  FROM taken JOIN coupon_templates t ON t.merchant_id = $1 AND t.id = taken.template_id
), move AS (
  INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason)
  SELECT gen_random_uuid(), $1, $5, NULL, 'issued', $7, 'consumer:' || $3::uuid, 'claim' FROM taken
), fact AS (
  INSERT INTO outbox_events (id, merchant_id, aggregate, kind, payload, occurred_at)
  SELECT gen_random_uuid(), $1, 'member:' || $3::uuid, 'CouponClaimed',
         jsonb_build_object('coupon_id', $5::uuid, 'drop_id', $2::uuid, 'member_id', $3::uuid, 'store_id', NULL, 'channel', 'h5', 'at', $7::timestamptz), $7 FROM taken
)
SELECT template_id FROM taken
