-- Keys begin with the merchant; references carry it.
ALTER TABLE refund_requests DROP CONSTRAINT refund_requests_pkey, ADD CONSTRAINT refund_requests_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE refunds DROP CONSTRAINT refunds_pkey, ADD CONSTRAINT refunds_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE payouts DROP CONSTRAINT payouts_pkey, ADD CONSTRAINT payouts_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE refund_requests ADD CONSTRAINT refund_requests_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE refund_requests ADD CONSTRAINT refund_requests_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE refunds ADD CONSTRAINT refunds_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE refunds ADD CONSTRAINT refunds_request_fk FOREIGN KEY (merchant_id, request_id) REFERENCES refund_requests (merchant_id, id);
ALTER TABLE payouts ADD CONSTRAINT payouts_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE payouts ADD CONSTRAINT payouts_refund_fk FOREIGN KEY (merchant_id, refund_id) REFERENCES refunds (merchant_id, id);

-- What is never true of a row: among it, that more goes back than was paid (O2).
ALTER TABLE orders DROP CONSTRAINT orders_state;
ALTER TABLE orders ADD CONSTRAINT orders_state CHECK (state IN ('awaiting_payment', 'paid', 'completed', 'cancelled', 'refunded'));
ALTER TABLE orders ADD CONSTRAINT orders_refunded CHECK (refunds >= 0 AND refunded_fen BETWEEN 0 AND payable_fen AND (state = 'refunded') = (refunded_at IS NOT NULL));
ALTER TABLE refund_requests ADD CONSTRAINT refund_requests_state CHECK (state IN ('waiting', 'done', 'rejected', 'withdrawn', 'closed') AND (state = 'waiting') = (decided_at IS NULL) AND seen_fen >= 0);
ALTER TABLE refunds ADD CONSTRAINT refunds_money CHECK (number > 0 AND withheld_fen BETWEEN 0 AND refund_fen AND cash_fen BETWEEN 0 AND refund_fen - withheld_fen);
ALTER TABLE payouts ADD CONSTRAINT payouts_state CHECK (state IN ('processing', 'succeeded', 'failed') AND (state = 'processing') = (ended_at IS NULL));
ALTER TABLE payouts ADD CONSTRAINT payouts_money CHECK (amount_fen > 0 AND amount_fen <= total_fen AND round >= 0 AND tries >= 0);

-- Batches are append-only.
CREATE TRIGGER refunds_append_only BEFORE UPDATE OR DELETE ON refunds FOR EACH ROW EXECUTE FUNCTION forbid_change();

CREATE UNIQUE INDEX refund_requests_one_waits ON refund_requests (merchant_id, order_id) WHERE state = 'waiting';
CREATE INDEX payouts_due ON payouts (next_at) WHERE state = 'processing';

-- Money that was booked as owed before there were payouts now goes back by itself.
INSERT INTO payouts (id, merchant_id, order_id, number, transaction_id, amount_fen, total_fen, reason, state, next_at, made_at)
SELECT t.id, t.merchant_id, o.id, 'D' || (t.memo->>'payment'), t.memo->>'payment', t.amount, t.amount, '订单已关闭，退回付款', 'processing', t.at, t.at
FROM transfers t JOIN orders o ON o.merchant_id = t.merchant_id AND o.number = t.memo->>'order'
WHERE t.kind = 'refund_due';
