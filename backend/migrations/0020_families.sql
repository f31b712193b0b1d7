-- Keys start with the merchant; references carry it (decision 0005).
ALTER TABLE families DROP CONSTRAINT families_pkey, ADD CONSTRAINT families_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE family_members DROP CONSTRAINT family_members_pkey, ADD CONSTRAINT family_members_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE family_invites DROP CONSTRAINT family_invites_pkey, ADD CONSTRAINT family_invites_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE family_spends DROP CONSTRAINT family_spends_pkey, ADD CONSTRAINT family_spends_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE families ADD CONSTRAINT families_founder_fk FOREIGN KEY (merchant_id, founder_id) REFERENCES members (merchant_id, id);
ALTER TABLE family_members ADD CONSTRAINT family_members_family_fk FOREIGN KEY (merchant_id, family_id) REFERENCES families (merchant_id, id);
ALTER TABLE family_members ADD CONSTRAINT family_members_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE family_invites ADD CONSTRAINT family_invites_family_fk FOREIGN KEY (merchant_id, family_id) REFERENCES families (merchant_id, id);
ALTER TABLE family_invites ADD CONSTRAINT family_invites_used_fk FOREIGN KEY (merchant_id, used_by) REFERENCES members (merchant_id, id);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_family_fk FOREIGN KEY (merchant_id, family_id) REFERENCES families (merchant_id, id);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_payer_fk FOREIGN KEY (merchant_id, payer_id) REFERENCES members (merchant_id, id);
ALTER TABLE family_members ADD CONSTRAINT family_members_state CHECK (monthly >= 0 AND (left_at IS NULL) = (why IS NULL) AND (why IS NULL OR why IN ('left', 'removed', 'ended')));
ALTER TABLE family_invites ADD CONSTRAINT family_invites_used CHECK ((used_by IS NULL) = (used_at IS NULL) AND (used_at IS NULL OR withdrawn_at IS NULL) AND ends_at > made_at);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_state CHECK (member_id <> payer_id AND points > 0 AND returned BETWEEN 0 AND points AND state IN ('held', 'spent', 'released') AND (state = 'spent' OR returned = 0));
CREATE UNIQUE INDEX family_members_one_family ON family_members (merchant_id, member_id) WHERE left_at IS NULL;
