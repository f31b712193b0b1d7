-- Keys start with the merchant; references carry it (decision 0005).
ALTER TABLE invite_codes DROP CONSTRAINT invite_codes_pkey, ADD CONSTRAINT invite_codes_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE referrals DROP CONSTRAINT referrals_pkey, ADD CONSTRAINT referrals_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE referral_terms DROP CONSTRAINT referral_terms_pkey, ADD CONSTRAINT referral_terms_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE invite_codes ADD CONSTRAINT invite_codes_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE referrals ADD CONSTRAINT referrals_friend_fk FOREIGN KEY (merchant_id, friend_id) REFERENCES members (merchant_id, id);
ALTER TABLE referrals ADD CONSTRAINT referrals_inviter_fk FOREIGN KEY (merchant_id, inviter_id) REFERENCES invite_codes (merchant_id, member_id);
ALTER TABLE referrals ADD CONSTRAINT referrals_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE referrals ADD CONSTRAINT referrals_state CHECK (friend_id <> inviter_id AND state IN ('bound', 'rewarded', 'over_limit') AND points >= 0 AND short >= 0 AND moves >= 0 AND num_nulls(order_id, settled_at, month, share_bp, most_points) = CASE state WHEN 'bound' THEN 5 ELSE 0 END);
ALTER TABLE referral_terms ADD CONSTRAINT referral_terms_within CHECK (share_bp > 0 AND most_points > 0 AND monthly > 0);
