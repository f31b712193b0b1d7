-- Keys start with the merchant; references carry it (decision 0005).
ALTER TABLE drop_batches DROP CONSTRAINT drop_batches_pkey, ADD CONSTRAINT drop_batches_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE drop_days DROP CONSTRAINT drop_days_pkey, ADD CONSTRAINT drop_days_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE code_pools DROP CONSTRAINT code_pools_pkey, ADD CONSTRAINT code_pools_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE coupon_codes DROP CONSTRAINT coupon_codes_pkey, ADD CONSTRAINT coupon_codes_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE code_tries DROP CONSTRAINT code_tries_pkey, ADD CONSTRAINT code_tries_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE clerk_days DROP CONSTRAINT clerk_days_pkey, ADD CONSTRAINT clerk_days_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE drop_batches ADD CONSTRAINT drop_batches_drop_fk FOREIGN KEY (merchant_id, drop_id) REFERENCES coupon_drops (merchant_id, id);
ALTER TABLE code_pools ADD CONSTRAINT code_pools_drop_fk FOREIGN KEY (merchant_id, drop_id) REFERENCES coupon_drops (merchant_id, id);
ALTER TABLE coupon_codes ADD CONSTRAINT coupon_codes_pool_fk FOREIGN KEY (merchant_id, pool_id) REFERENCES code_pools (merchant_id, id);
ALTER TABLE coupon_codes ADD CONSTRAINT coupon_codes_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE coupons ADD CONSTRAINT coupons_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);

UPDATE coupon_drops SET placements = '["centre"]';

-- What the templates of before can take off at most; what their coupons promise and have spent.
UPDATE coupon_templates SET face_fen = coalesce((content->'off'->>'off')::bigint, (content->'percent'->>'max_off')::bigint, (content->'shipping'->>'off')::bigint);
UPDATE coupons c SET face_fen = t.face_fen FROM coupon_templates t
 WHERE t.merchant_id = c.merchant_id AND t.id = c.template_id AND t.face_fen IS NOT NULL AND c.drop_id IS NOT NULL;
UPDATE coupon_drops d SET promised_fen = x.promised, spent_fen = x.spent
  FROM (SELECT merchant_id, drop_id, sum(face_fen) FILTER (WHERE state IN ('issued', 'locked')) AS promised, sum(face_fen) FILTER (WHERE state = 'redeemed') AS spent
          FROM (SELECT merchant_id, drop_id, state, face_fen FROM coupons WHERE drop_id IS NOT NULL) c GROUP BY 1, 2) y
       CROSS JOIN LATERAL (SELECT coalesce(y.promised, 0) AS promised, coalesce(y.spent, 0) AS spent) x
 WHERE d.merchant_id = y.merchant_id AND d.id = y.drop_id;

-- What is never true of a row.
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_access CHECK (access IN ('public', 'link', 'shared', 'codes', 'staff') AND (access = 'shared') = (shared_code IS NOT NULL) AND (per_day IS NULL OR per_day > 0));
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_budget CHECK (promised_fen >= 0 AND spent_fen >= 0 AND (budget_fen IS NULL OR promised_fen + spent_fen <= budget_fen));
ALTER TABLE drop_batches ADD CONSTRAINT drop_batches_within CHECK (share > 0 AND issued >= 0 AND isfinite(opens_at));
ALTER TABLE code_pools ADD CONSTRAINT code_pools_within CHECK (kind IN ('generated', 'imported') AND wanted > 0 AND made BETWEEN 0 AND wanted AND (finished_at IS NOT NULL) = (made = wanted));
ALTER TABLE coupon_codes ADD CONSTRAINT coupon_codes_used CHECK (num_nulls(member_id, coupon_id, used_at) IN (0, 3));
ALTER TABLE clerk_days ADD CONSTRAINT clerk_days_within CHECK (given >= 0 AND face_fen >= 0);
ALTER TABLE coupon_templates DROP CONSTRAINT coupon_templates_validity;
ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_validity CHECK (num_nonnulls(valid_until, valid_hours, valid_days) = 1 AND NOT (next_day AND valid_until IS NOT NULL));
ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_returns CHECK (return_policy IN ('whole', 'never') AND (grace_days IS NULL OR grace_days >= 0) AND (face_fen IS NULL OR face_fen >= 0));

-- Steps of one instant are ordered.
CREATE SEQUENCE coupon_moves_sequence;
ALTER TABLE coupon_moves ALTER COLUMN sequence SET DEFAULT nextval('coupon_moves_sequence');
ALTER TABLE coupon_moves DISABLE TRIGGER coupon_moves_append_only;
UPDATE coupon_moves m SET sequence = nextval('coupon_moves_sequence') FROM (SELECT merchant_id, id FROM coupon_moves ORDER BY at, (after IN ('issued') AND before = 'returned'), id) o
 WHERE o.merchant_id = m.merchant_id AND o.id = m.id;
ALTER TABLE coupon_moves ENABLE TRIGGER coupon_moves_append_only;
ALTER TABLE coupon_moves ALTER COLUMN sequence SET NOT NULL;
