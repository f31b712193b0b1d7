-- Keys start with the merchant; references carry it (decision 0005).
ALTER TABLE complaints DROP CONSTRAINT complaints_pkey, ADD CONSTRAINT complaints_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_compensation_fk FOREIGN KEY (merchant_id, compensation_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_state CHECK (due_at > opened_at AND kind IN ('goods', 'price', 'coupon', 'delivery', 'service', 'other') AND state IN ('open', 'answered') AND (state = 'answered') = (answered_at IS NOT NULL) AND num_nulls(answered_at, answered_by, ending, reply) IN (0, 4) AND (ending IS NULL OR ending IN ('explained', 'compensated', 'refunded', 'replaced', 'unfounded')) AND (compensation_id IS NULL OR ending = 'compensated') AND (escalated_at IS NULL OR escalated_at >= due_at));
CREATE UNIQUE INDEX complaints_one_open ON complaints (merchant_id, member_id, order_id, coupon_id) NULLS NOT DISTINCT WHERE state = 'open';
CREATE TRIGGER complaints_kept BEFORE DELETE ON complaints FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER complaints_never_emptied BEFORE TRUNCATE ON complaints FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
