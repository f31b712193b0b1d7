ALTER TABLE lots DROP CONSTRAINT lots_pkey, ADD CONSTRAINT lots_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE lot_parts DROP CONSTRAINT lot_parts_pkey, ADD CONSTRAINT lot_parts_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE held_parts DROP CONSTRAINT held_parts_pkey, ADD CONSTRAINT held_parts_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE lots ADD CONSTRAINT lots_account_fk FOREIGN KEY (merchant_id, account_id) REFERENCES accounts (merchant_id, id);
ALTER TABLE lots ADD CONSTRAINT lots_transfer_fk FOREIGN KEY (merchant_id, transfer_id) REFERENCES transfers (merchant_id, id);
ALTER TABLE lot_parts ADD CONSTRAINT lot_parts_lot_fk FOREIGN KEY (merchant_id, lot_id) REFERENCES lots (merchant_id, id);
ALTER TABLE lot_parts ADD CONSTRAINT lot_parts_transfer_fk FOREIGN KEY (merchant_id, transfer_id) REFERENCES transfers (merchant_id, id);
ALTER TABLE lot_parts ADD CONSTRAINT lot_parts_origin_fk FOREIGN KEY (merchant_id, origin_id) REFERENCES lot_parts (merchant_id, id);
ALTER TABLE held_parts ADD CONSTRAINT held_parts_hold_fk FOREIGN KEY (merchant_id, hold_id) REFERENCES holds (merchant_id, id);
ALTER TABLE held_parts ADD CONSTRAINT held_parts_lot_fk FOREIGN KEY (merchant_id, lot_id) REFERENCES lots (merchant_id, id);
ALTER TABLE lots ADD CONSTRAINT lots_within CHECK (amount > 0 AND held >= 0 AND remaining BETWEEN held AND amount);
ALTER TABLE lot_parts ADD CONSTRAINT lot_parts_move CHECK (amount <> 0);
ALTER TABLE held_parts ADD CONSTRAINT held_parts_positive CHECK (amount > 0);
CREATE TRIGGER lot_parts_append_only BEFORE UPDATE OR DELETE ON lot_parts FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE INDEX lots_open ON lots (merchant_id, account_id) WHERE remaining > 0;
CREATE INDEX lots_ending ON lots (expires_at) WHERE remaining > held;
CREATE INDEX lot_parts_back ON lot_parts (merchant_id, origin_id) WHERE origin_id IS NOT NULL;

-- What members had before there were lots was promised without an end: one lot each (its id is the account's), with what
-- orders that wait for payment hold of it.
INSERT INTO lots (id, merchant_id, account_id, amount, remaining, held, earned_at)
SELECT a.id, a.merchant_id, a.id, a.balance, a.balance, a.held,
       coalesce((SELECT min(t.at) FROM transfers t WHERE t.merchant_id = a.merchant_id AND t.credit_id = a.id), now())
FROM accounts a WHERE a.owner_kind = 'member' AND a.unit = 'points' AND a.balance > 0;
INSERT INTO lot_parts (id, merchant_id, lot_id, amount) SELECT id, merchant_id, id, amount FROM lots;
INSERT INTO held_parts (id, merchant_id, hold_id, lot_id, amount)
SELECT h.id, h.merchant_id, h.id, h.account_id, h.amount FROM holds h
JOIN lots l ON l.merchant_id = h.merchant_id AND l.id = h.account_id WHERE h.state = 'open';
