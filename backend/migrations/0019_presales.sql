-- Keys start with the merchant; references carry it (decision 0005).
ALTER TABLE presales DROP CONSTRAINT presales_pkey, ADD CONSTRAINT presales_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_promotion_fk FOREIGN KEY (merchant_id, promotion_id) REFERENCES promotions (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE orders ADD CONSTRAINT orders_presale_fk FOREIGN KEY (merchant_id, presale_id) REFERENCES presales (merchant_id, id);
ALTER TABLE payouts ADD CONSTRAINT payouts_presale_fk FOREIGN KEY (merchant_id, presale_id) REFERENCES presales (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_state CHECK (state IN ('awaiting_deposit', 'deposit_paid', 'settled', 'closed', 'forfeited', 'returned') AND (paid_at IS NULL) = (state IN ('awaiting_deposit', 'closed')) AND (payment_id IS NULL) = (paid_at IS NULL) AND (ended_at IS NULL) = (state IN ('awaiting_deposit', 'deposit_paid')) AND (state <> 'settled' OR order_id IS NOT NULL) AND (order_id IS NULL OR state IN ('deposit_paid', 'settled')));
ALTER TABLE presales ADD CONSTRAINT presales_money CHECK (qty > 0 AND deposit_fen > 0 AND keeps_fen BETWEEN 0 AND deposit_fen AND keeps_fen * 5 <= contract_fen AND least(used_fen, kept_fen, returned_fen, extra_fen) >= 0 AND greatest(kept_fen, extra_fen) <= keeps_fen AND used_fen + kept_fen + returned_fen = CASE WHEN state IN ('settled', 'forfeited', 'returned') THEN deposit_fen ELSE 0 END);
ALTER TABLE presales ADD CONSTRAINT presales_times CHECK (placed_at < pay_by AND opens_at < closes_at AND isfinite(opens_at) AND isfinite(closes_at));
ALTER TABLE orders ADD CONSTRAINT orders_deposit CHECK (deposit_fen >= 0 AND due_fen + deposit_fen <= payable_fen AND (deposit_fen = 0 OR presale_id IS NOT NULL));
ALTER TABLE payouts ADD CONSTRAINT payouts_subject CHECK (num_nonnulls(order_id, presale_id) = 1);
CREATE UNIQUE INDEX orders_of_presale ON orders (merchant_id, presale_id) WHERE presale_id IS NOT NULL AND state <> 'cancelled';
CREATE INDEX payouts_of_presale ON payouts (merchant_id, presale_id) WHERE presale_id IS NOT NULL;
