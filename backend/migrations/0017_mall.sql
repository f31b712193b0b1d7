-- Keys start with the merchant; references carry it (decision 0005).
ALTER TABLE mall_items DROP CONSTRAINT mall_items_pkey, ADD CONSTRAINT mall_items_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE mall_exchanges DROP CONSTRAINT mall_exchanges_pkey, ADD CONSTRAINT mall_exchanges_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE mall_items ADD CONSTRAINT mall_items_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE mall_items ADD CONSTRAINT mall_items_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);
ALTER TABLE mall_exchanges ADD CONSTRAINT mall_exchanges_item_fk FOREIGN KEY (merchant_id, item_id) REFERENCES mall_items (merchant_id, id);
ALTER TABLE mall_exchanges ADD CONSTRAINT mall_exchanges_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE mall_exchanges ADD CONSTRAINT mall_exchanges_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE mall_items ADD CONSTRAINT mall_items_within CHECK (points > 0 AND stock > 0 AND exchanged BETWEEN 0 AND stock AND (per_member IS NULL OR per_member > 0) AND (per_day IS NULL OR per_day > 0));
ALTER TABLE mall_items ADD CONSTRAINT mall_items_state CHECK (state IN ('open', 'stopped') AND starts_at < ends_at AND isfinite(starts_at) AND isfinite(ends_at));
ALTER TABLE mall_items ADD CONSTRAINT mall_items_gives CHECK (CASE kind WHEN 'coupon' THEN template_id IS NOT NULL AND sku IS NULL AND balance_fen IS NULL WHEN 'article' THEN template_id IS NOT NULL AND sku IS NOT NULL AND balance_fen IS NULL WHEN 'balance' THEN template_id IS NULL AND sku IS NULL AND balance_fen > 0 ELSE false END);
ALTER TABLE mall_exchanges ADD CONSTRAINT mall_exchanges_state CHECK (points > 0 AND num_nonnulls(coupon_id, balance_fen) = 1 AND state IN ('done', 'voided') AND (state = 'voided') = (voided_at IS NOT NULL) AND num_nulls(voided_at, voided_by, void_reason) IN (0, 3));
