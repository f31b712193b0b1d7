-- Keys start with the merchant; references carry it (decision 0005).
ALTER TABLE reviews DROP CONSTRAINT reviews_pkey, ADD CONSTRAINT reviews_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE share_openings DROP CONSTRAINT share_openings_pkey, ADD CONSTRAINT share_openings_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE reviews ADD CONSTRAINT reviews_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE reviews ADD CONSTRAINT reviews_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE reviews ADD CONSTRAINT reviews_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);
ALTER TABLE share_openings ADD CONSTRAINT share_openings_sharer_fk FOREIGN KEY (merchant_id, sharer_id) REFERENCES members (merchant_id, id);
ALTER TABLE share_openings ADD CONSTRAINT share_openings_opener_fk FOREIGN KEY (merchant_id, opener_id) REFERENCES members (merchant_id, id);
ALTER TABLE reviews ADD CONSTRAINT reviews_state CHECK (stars BETWEEN 1 AND 5 AND growth >= 0 AND taken_back BETWEEN 0 AND growth AND state IN ('shown', 'hidden') AND (state = 'hidden') = (hidden_at IS NOT NULL) AND num_nulls(hidden_at, hidden_by, hide_reason) IN (0, 3));
ALTER TABLE share_openings ADD CONSTRAINT share_openings_other CHECK (sharer_id <> opener_id AND growth >= 0);
