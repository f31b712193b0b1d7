-- What tortoise cannot say. The complete present state: a fresh schema plus this file equals a migrated database
-- (test_schema_drift). Migrations run the steps.

-- 1 Every key starts with the merchant, so that tables can be distributed by merchant.
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'merchant_id'
              WHERE n.nspname = 'public' AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', name, name || '_pkey');
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (merchant_id, id)', name, name || '_pkey');
  END LOOP;
END $$;

-- 2 T1: a reference carries its merchant, so no row can point into another merchant.
ALTER TABLE org_units ADD CONSTRAINT org_units_parent_fk FOREIGN KEY (merchant_id, parent_id) REFERENCES org_units (merchant_id, id);
ALTER TABLE org_units ADD CONSTRAINT org_units_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id);
ALTER TABLE stores ADD CONSTRAINT stores_unit_fk FOREIGN KEY (merchant_id, unit_id) REFERENCES org_units (merchant_id, id);
ALTER TABLE staff ADD CONSTRAINT staff_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id);
ALTER TABLE products ADD CONSTRAINT products_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id);
ALTER TABLE members ADD CONSTRAINT members_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id);
ALTER TABLE members ADD CONSTRAINT members_store_fk FOREIGN KEY (merchant_id, home_store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE member_policies ADD CONSTRAINT member_policies_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id);
ALTER TABLE member_runs ADD CONSTRAINT member_runs_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id);
ALTER TABLE member_ties ADD CONSTRAINT member_ties_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE monthly_gifts ADD CONSTRAINT monthly_gifts_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE member_records ADD CONSTRAINT member_records_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE member_consents ADD CONSTRAINT member_consents_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE level_moves ADD CONSTRAINT level_moves_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE stock ADD CONSTRAINT stock_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE stock ADD CONSTRAINT stock_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);
ALTER TABLE stock_receipts ADD CONSTRAINT stock_receipts_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE stock_receipts ADD CONSTRAINT stock_receipts_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);
ALTER TABLE offer_versions ADD CONSTRAINT offer_versions_promotion_fk FOREIGN KEY (merchant_id, promotion_id) REFERENCES promotions (merchant_id, id);
ALTER TABLE template_budgets ADD CONSTRAINT template_budgets_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE coupon_refusals ADD CONSTRAINT coupon_refusals_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE coupon_refusals ADD CONSTRAINT coupon_refusals_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_gift_fk FOREIGN KEY (merchant_id, gift_template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE drop_tiers ADD CONSTRAINT drop_tiers_drop_fk FOREIGN KEY (merchant_id, drop_id) REFERENCES coupon_drops (merchant_id, id);
ALTER TABLE drop_tiers ADD CONSTRAINT drop_tiers_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE drop_batches ADD CONSTRAINT drop_batches_drop_fk FOREIGN KEY (merchant_id, drop_id) REFERENCES coupon_drops (merchant_id, id);
ALTER TABLE code_pools ADD CONSTRAINT code_pools_drop_fk FOREIGN KEY (merchant_id, drop_id) REFERENCES coupon_drops (merchant_id, id);
ALTER TABLE coupon_codes ADD CONSTRAINT coupon_codes_pool_fk FOREIGN KEY (merchant_id, pool_id) REFERENCES code_pools (merchant_id, id);
ALTER TABLE coupon_codes ADD CONSTRAINT coupon_codes_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE coupons ADD CONSTRAINT coupons_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE coupons ADD CONSTRAINT coupons_drop_fk FOREIGN KEY (merchant_id, drop_id) REFERENCES coupon_drops (merchant_id, id);
ALTER TABLE coupons ADD CONSTRAINT coupons_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE coupons ADD CONSTRAINT coupons_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE coupons ADD CONSTRAINT coupons_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE drop_links ADD CONSTRAINT drop_links_drop_fk FOREIGN KEY (merchant_id, drop_id) REFERENCES coupon_drops (merchant_id, id);
ALTER TABLE drop_exposures ADD CONSTRAINT drop_exposures_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE coupon_moves ADD CONSTRAINT coupon_moves_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE coupon_moves ADD CONSTRAINT coupon_moves_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE mall_items ADD CONSTRAINT mall_items_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE mall_items ADD CONSTRAINT mall_items_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);
ALTER TABLE mall_exchanges ADD CONSTRAINT mall_exchanges_item_fk FOREIGN KEY (merchant_id, item_id) REFERENCES mall_items (merchant_id, id);
ALTER TABLE mall_exchanges ADD CONSTRAINT mall_exchanges_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE mall_exchanges ADD CONSTRAINT mall_exchanges_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_lottery_fk FOREIGN KEY (merchant_id, lottery_id) REFERENCES lotteries (merchant_id, id);
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_lottery_fk FOREIGN KEY (merchant_id, lottery_id) REFERENCES lotteries (merchant_id, id);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_prize_fk FOREIGN KEY (merchant_id, prize_id) REFERENCES lottery_prizes (merchant_id, id);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE reviews ADD CONSTRAINT reviews_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE reviews ADD CONSTRAINT reviews_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE reviews ADD CONSTRAINT reviews_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);
ALTER TABLE complaints ADD CONSTRAINT complaints_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE complaints ADD CONSTRAINT complaints_compensation_fk FOREIGN KEY (merchant_id, compensation_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE share_openings ADD CONSTRAINT share_openings_sharer_fk FOREIGN KEY (merchant_id, sharer_id) REFERENCES members (merchant_id, id);
ALTER TABLE share_openings ADD CONSTRAINT share_openings_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE share_openings ADD CONSTRAINT share_openings_opener_fk FOREIGN KEY (merchant_id, opener_id) REFERENCES members (merchant_id, id);
ALTER TABLE invite_codes ADD CONSTRAINT invite_codes_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE referrals ADD CONSTRAINT referrals_friend_fk FOREIGN KEY (merchant_id, friend_id) REFERENCES members (merchant_id, id);
ALTER TABLE referrals ADD CONSTRAINT referrals_inviter_fk FOREIGN KEY (merchant_id, inviter_id) REFERENCES invite_codes (merchant_id, member_id);
ALTER TABLE referrals ADD CONSTRAINT referrals_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE families ADD CONSTRAINT families_founder_fk FOREIGN KEY (merchant_id, founder_id) REFERENCES members (merchant_id, id);
ALTER TABLE family_members ADD CONSTRAINT family_members_family_fk FOREIGN KEY (merchant_id, family_id) REFERENCES families (merchant_id, id);
ALTER TABLE family_members ADD CONSTRAINT family_members_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE family_invites ADD CONSTRAINT family_invites_family_fk FOREIGN KEY (merchant_id, family_id) REFERENCES families (merchant_id, id);
ALTER TABLE family_invites ADD CONSTRAINT family_invites_used_fk FOREIGN KEY (merchant_id, used_by) REFERENCES members (merchant_id, id);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_family_fk FOREIGN KEY (merchant_id, family_id) REFERENCES families (merchant_id, id);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_payer_fk FOREIGN KEY (merchant_id, payer_id) REFERENCES members (merchant_id, id);
ALTER TABLE orders ADD CONSTRAINT orders_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE orders ADD CONSTRAINT orders_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE external_systems ADD CONSTRAINT external_systems_merchant_fk FOREIGN KEY (merchant_id, merchant_id) REFERENCES merchants (merchant_id, id);
ALTER TABLE external_requests ADD CONSTRAINT external_requests_system_fk FOREIGN KEY (merchant_id, system_id) REFERENCES external_systems (merchant_id, id);
ALTER TABLE external_requests ADD CONSTRAINT external_requests_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE orders ADD CONSTRAINT orders_system_fk FOREIGN KEY (merchant_id, system_id) REFERENCES external_systems (merchant_id, id);
ALTER TABLE order_lines ADD CONSTRAINT order_lines_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE transfers ADD CONSTRAINT transfers_debit_fk FOREIGN KEY (merchant_id, debit_id) REFERENCES accounts (merchant_id, id);
ALTER TABLE transfers ADD CONSTRAINT transfers_credit_fk FOREIGN KEY (merchant_id, credit_id) REFERENCES accounts (merchant_id, id);
ALTER TABLE entries ADD CONSTRAINT entries_account_fk FOREIGN KEY (merchant_id, account_id) REFERENCES accounts (merchant_id, id);
ALTER TABLE entries ADD CONSTRAINT entries_transfer_fk FOREIGN KEY (merchant_id, transfer_id) REFERENCES transfers (merchant_id, id);
ALTER TABLE holds ADD CONSTRAINT holds_account_fk FOREIGN KEY (merchant_id, account_id) REFERENCES accounts (merchant_id, id);
ALTER TABLE lots ADD CONSTRAINT lots_account_fk FOREIGN KEY (merchant_id, account_id) REFERENCES accounts (merchant_id, id);
ALTER TABLE lots ADD CONSTRAINT lots_transfer_fk FOREIGN KEY (merchant_id, transfer_id) REFERENCES transfers (merchant_id, id);
ALTER TABLE lot_parts ADD CONSTRAINT lot_parts_lot_fk FOREIGN KEY (merchant_id, lot_id) REFERENCES lots (merchant_id, id);
ALTER TABLE lot_parts ADD CONSTRAINT lot_parts_transfer_fk FOREIGN KEY (merchant_id, transfer_id) REFERENCES transfers (merchant_id, id);
ALTER TABLE lot_parts ADD CONSTRAINT lot_parts_origin_fk FOREIGN KEY (merchant_id, origin_id) REFERENCES lot_parts (merchant_id, id);
ALTER TABLE held_parts ADD CONSTRAINT held_parts_hold_fk FOREIGN KEY (merchant_id, hold_id) REFERENCES holds (merchant_id, id);
ALTER TABLE held_parts ADD CONSTRAINT held_parts_lot_fk FOREIGN KEY (merchant_id, lot_id) REFERENCES lots (merchant_id, id);
ALTER TABLE journal_entries ADD CONSTRAINT journal_entries_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE journal_lines ADD CONSTRAINT journal_lines_entry_fk FOREIGN KEY (merchant_id, entry_id) REFERENCES journal_entries (merchant_id, id);
ALTER TABLE refund_requests ADD CONSTRAINT refund_requests_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE refund_requests ADD CONSTRAINT refund_requests_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE refunds ADD CONSTRAINT refunds_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE refunds ADD CONSTRAINT refunds_request_fk FOREIGN KEY (merchant_id, request_id) REFERENCES refund_requests (merchant_id, id);
ALTER TABLE payouts ADD CONSTRAINT payouts_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE payouts ADD CONSTRAINT payouts_refund_fk FOREIGN KEY (merchant_id, refund_id) REFERENCES refunds (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_store_fk FOREIGN KEY (merchant_id, store_id) REFERENCES stores (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_promotion_fk FOREIGN KEY (merchant_id, promotion_id) REFERENCES promotions (merchant_id, id);
ALTER TABLE presales ADD CONSTRAINT presales_order_fk FOREIGN KEY (merchant_id, order_id) REFERENCES orders (merchant_id, id);
ALTER TABLE orders ADD CONSTRAINT orders_presale_fk FOREIGN KEY (merchant_id, presale_id) REFERENCES presales (merchant_id, id);
ALTER TABLE payouts ADD CONSTRAINT payouts_presale_fk FOREIGN KEY (merchant_id, presale_id) REFERENCES presales (merchant_id, id);
ALTER TABLE messages ADD CONSTRAINT messages_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE send_credits ADD CONSTRAINT send_credits_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);

-- 3 What is never true of a row.
ALTER TABLE products ADD CONSTRAINT products_money CHECK (list_fen >= 0 AND cost_fen >= 0 AND floor_fen >= 0);
ALTER TABLE members ADD CONSTRAINT members_growth CHECK (growth >= 0 AND growth_period >= 0 AND completed_orders >= 0 AND growth_owed BETWEEN 0 AND growth_spent);
ALTER TABLE members ADD CONSTRAINT members_lifecycle CHECK (lifecycle IN ('new', 'active', 'silent', 'lost') AND (rfm_tier IS NULL OR rfm_tier IN ('potential', 'active', 'at_risk')) AND (rfm_tier IS NULL) = (rfm_scores IS NULL));
ALTER TABLE member_policies ADD CONSTRAINT member_policies_version CHECK (version > 0);
ALTER TABLE member_ties ADD CONSTRAINT member_ties_tie CHECK (tie IN ('account', 'group', 'pickup') AND isfinite(at));
ALTER TABLE members ADD CONSTRAINT members_birthday CHECK (birthday IS NULL OR birth_md = lpad(extract(month FROM birthday)::text, 2, '0') || '-' || lpad(extract(day FROM birthday)::text, 2, '0'));
ALTER TABLE monthly_gifts ADD CONSTRAINT monthly_gifts_month CHECK (month ~ '^[0-9]{4}-[0-9]{2}$' AND isfinite(at));
ALTER TABLE member_records ADD CONSTRAINT member_records_what CHECK ((what, did) IN (('birthday', 'set'), ('birthday', 'corrected'), ('birthday', 'withdrawn'), ('tags', 'changed'), ('home_store', 'changed'), ('member', 'seen'), ('account', 'seen')) AND (what <> 'birthday' OR detail = '{}') AND isfinite(at));
ALTER TABLE member_consents ADD CONSTRAINT member_consents_purpose CHECK (purpose IN ('birthday') AND version > 0 AND isfinite(at));
ALTER TABLE level_moves ADD CONSTRAINT level_moves_move CHECK (before <> after AND why IN ('first_order', 'growth', 'by_hand', 'period_end', 'scheme'));
ALTER TABLE stock ADD CONSTRAINT stock_not_negative CHECK (on_hand >= 0 AND reserved >= 0 AND sold >= 0 AND returned >= 0);
ALTER TABLE stock_receipts ADD CONSTRAINT stock_receipts_units CHECK (units <> 0);
ALTER TABLE stock ADD CONSTRAINT stock_balances CHECK (on_hand + reserved + sold - returned = received);
ALTER TABLE promotions ADD CONSTRAINT promotions_state CHECK (state IN ('draft', 'published', 'ended'));
ALTER TABLE promotions ADD CONSTRAINT promotions_window CHECK (starts_at < ends_at);
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_finite CHECK (isfinite(starts_at) AND isfinite(ends_at));
ALTER TABLE promotions ADD CONSTRAINT promotions_finite CHECK (isfinite(starts_at) AND isfinite(ends_at));
ALTER TABLE offer_uses ADD CONSTRAINT offer_uses_within CHECK (used >= 0 AND (stock IS NULL OR used <= stock));
ALTER TABLE offer_gifts ADD CONSTRAINT offer_gifts_within CHECK (quota > 0 AND taken BETWEEN 0 AND quota);
ALTER TABLE offer_member_uses ADD CONSTRAINT offer_member_uses_positive CHECK (used >= 0);
ALTER TABLE offer_member_days ADD CONSTRAINT offer_member_days_positive CHECK (used >= 0);
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_within CHECK (issued BETWEEN 0 AND total AND per_member > 0);
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_state CHECK (state IN ('draft', 'published', 'ended'));
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_access CHECK (access IN ('public', 'link', 'shared', 'codes', 'staff') AND (access = 'shared') = (shared_code IS NOT NULL) AND (per_day IS NULL OR per_day > 0));
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_budget CHECK (promised_fen >= 0 AND spent_fen >= 0 AND (budget_fen IS NULL OR promised_fen + spent_fen <= budget_fen));
ALTER TABLE template_budgets ADD CONSTRAINT template_budgets_within CHECK (promised_fen >= 0 AND spent_fen >= 0 AND (budget_fen IS NULL OR promised_fen + spent_fen <= budget_fen));
ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_extra CHECK (with_points >= 0 AND extra_fen >= 0);
ALTER TABLE drop_links ADD CONSTRAINT drop_links_via CHECK (via ~ '^(poster|promoter|partner):[A-Za-z0-9_-]{1,24}$');
ALTER TABLE drop_tiers ADD CONSTRAINT drop_tiers_position CHECK (position BETWEEN 1 AND 5);
ALTER TABLE drop_batches ADD CONSTRAINT drop_batches_within CHECK (share > 0 AND issued >= 0 AND isfinite(opens_at));
ALTER TABLE mall_items ADD CONSTRAINT mall_items_within CHECK (points > 0 AND stock > 0 AND exchanged BETWEEN 0 AND stock AND (per_member IS NULL OR per_member > 0) AND (per_day IS NULL OR per_day > 0));
ALTER TABLE mall_items ADD CONSTRAINT mall_items_state CHECK (state IN ('open', 'stopped') AND starts_at < ends_at AND isfinite(starts_at) AND isfinite(ends_at));
ALTER TABLE mall_items ADD CONSTRAINT mall_items_gives CHECK (unit IN ('points', 'growth', 'stamps') AND (unit = 'points' OR balance_fen IS NULL) AND (kind = 'points') = (gives_points IS NOT NULL) AND CASE kind WHEN 'coupon' THEN template_id IS NOT NULL AND sku IS NULL AND balance_fen IS NULL WHEN 'article' THEN template_id IS NOT NULL AND sku IS NOT NULL AND balance_fen IS NULL WHEN 'balance' THEN template_id IS NULL AND sku IS NULL AND balance_fen > 0 WHEN 'points' THEN unit = 'growth' AND gives_points > 0 AND num_nonnulls(template_id, sku, balance_fen) = 0 ELSE false END);
ALTER TABLE mall_exchanges ADD CONSTRAINT mall_exchanges_state CHECK (points > 0 AND unit IN ('points', 'growth', 'stamps') AND num_nonnulls(coupon_id, balance_fen, gives_points) = 1 AND state IN ('done', 'voided') AND (state = 'voided') = (voided_at IS NOT NULL) AND num_nulls(voided_at, voided_by, void_reason) IN (0, 3));
ALTER TABLE lotteries ADD CONSTRAINT lotteries_within CHECK (points > 0 AND draws >= 0 AND per_day > 0 AND free_per_day BETWEEN 0 AND per_day AND (per_member IS NULL OR per_member >= per_day) AND (budget_fen IS NULL OR budget_fen > 0));
ALTER TABLE lotteries ADD CONSTRAINT lotteries_state CHECK (state IN ('open', 'stopped') AND starts_at < ends_at AND isfinite(starts_at) AND isfinite(ends_at) AND (state = 'stopped') = (stopped_at IS NOT NULL) AND num_nulls(stopped_at, stopped_by, stop_reason) IN (0, 3));
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_within CHECK (odds BETWEEN 1 AND 1000000 AND worth_fen BETWEEN 0 AND 5000000 AND won >= 0 AND (stock IS NULL OR stock > 0 AND won <= stock) AND (stock IS NULL) = (kind = 'thanks'));
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_gives CHECK (CASE kind WHEN 'points' THEN points > 0 AND template_id IS NULL AND sku IS NULL WHEN 'coupon' THEN points IS NULL AND template_id IS NOT NULL AND sku IS NULL WHEN 'article' THEN points IS NULL AND template_id IS NOT NULL AND sku IS NOT NULL WHEN 'thanks' THEN num_nonnulls(points, template_id, sku) = 0 ELSE false END);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_one CHECK (n > 0 AND points >= 0 AND drawn BETWEEN 0 AND 999999 AND num_nonnulls(won_points, coupon_id) <= 1);
ALTER TABLE reviews ADD CONSTRAINT reviews_state CHECK (stars BETWEEN 1 AND 5 AND growth >= 0 AND taken_back BETWEEN 0 AND growth AND state IN ('shown', 'hidden') AND (state = 'hidden') = (hidden_at IS NOT NULL) AND num_nulls(hidden_at, hidden_by, hide_reason) IN (0, 3));
ALTER TABLE complaints ADD CONSTRAINT complaints_state CHECK (due_at > opened_at AND kind IN ('goods', 'price', 'coupon', 'delivery', 'service', 'other') AND state IN ('open', 'answered') AND (state = 'answered') = (answered_at IS NOT NULL) AND num_nulls(answered_at, answered_by, ending, reply) IN (0, 4) AND (ending IS NULL OR ending IN ('explained', 'compensated', 'refunded', 'replaced', 'unfounded')) AND (compensation_id IS NULL OR ending = 'compensated') AND (escalated_at IS NULL OR escalated_at >= due_at));
CREATE INDEX coupon_codes_used ON coupon_codes (merchant_id, pool_id) WHERE used_at IS NOT NULL;
CREATE UNIQUE INDEX complaints_one_open ON complaints (merchant_id, member_id, order_id, coupon_id) NULLS NOT DISTINCT WHERE state = 'open';
ALTER TABLE share_openings ADD CONSTRAINT share_openings_other CHECK (sharer_id <> opener_id AND growth >= 0);
ALTER TABLE referrals ADD CONSTRAINT referrals_state CHECK (friend_id <> inviter_id AND state IN ('bound', 'rewarded', 'over_limit') AND points >= 0 AND short >= 0 AND moves >= 0 AND num_nulls(order_id, settled_at, month, share_bp, most_points) = CASE state WHEN 'bound' THEN 5 ELSE 0 END);
ALTER TABLE referral_terms ADD CONSTRAINT referral_terms_within CHECK (share_bp > 0 AND most_points > 0 AND monthly > 0);
ALTER TABLE family_members ADD CONSTRAINT family_members_state CHECK (monthly >= 0 AND (left_at IS NULL) = (why IS NULL) AND (why IS NULL OR why IN ('left', 'removed', 'ended')));
ALTER TABLE family_invites ADD CONSTRAINT family_invites_used CHECK ((used_by IS NULL) = (used_at IS NULL) AND (used_at IS NULL OR withdrawn_at IS NULL) AND ends_at > made_at);
ALTER TABLE family_spends ADD CONSTRAINT family_spends_state CHECK (member_id <> payer_id AND points > 0 AND returned BETWEEN 0 AND points AND state IN ('held', 'spent', 'released') AND (state = 'spent' OR returned = 0));
ALTER TABLE code_pools ADD CONSTRAINT code_pools_within CHECK (kind IN ('generated', 'imported') AND wanted > 0 AND made BETWEEN 0 AND wanted AND (finished_at IS NOT NULL) = (made = wanted));
ALTER TABLE code_pools ADD CONSTRAINT code_pools_partner CHECK (partner ~ '^[A-Za-z0-9_-]{1,24}$');
ALTER TABLE coupon_codes ADD CONSTRAINT coupon_codes_used CHECK (num_nulls(member_id, coupon_id, used_at) IN (0, 3));
ALTER TABLE clerk_days ADD CONSTRAINT clerk_days_within CHECK (given >= 0 AND face_fen >= 0);
ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_validity CHECK (num_nonnulls(valid_until, valid_hours, valid_days) = 1 AND NOT (next_day AND valid_until IS NOT NULL));
ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_returns CHECK (return_policy IN ('whole', 'below', 'never') AND (grace_days IS NULL OR grace_days >= 0) AND (face_fen IS NULL OR face_fen >= 0));
ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_uses CHECK (uses_per_day > 0);
ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_times CHECK (jsonb_typeof(times) = 'object');
ALTER TABLE coupon_templates ADD CONSTRAINT coupon_templates_stacking CHECK (jsonb_typeof(stacking) = 'object');
ALTER TABLE merchants ADD CONSTRAINT merchants_complaint_minutes CHECK (complaint_minutes BETWEEN 60 AND 10080);
ALTER TABLE merchants ADD CONSTRAINT merchants_tender_caps CHECK (jsonb_typeof(tender_caps) = 'object');
ALTER TABLE coupons ADD CONSTRAINT coupons_state CHECK (state IN ('issued', 'locked', 'redeemed', 'expired', 'returned', 'voided'));
ALTER TABLE coupons ADD CONSTRAINT coupons_order_held CHECK ((state IN ('locked', 'redeemed')) = (order_id IS NOT NULL));
ALTER TABLE coupons ADD CONSTRAINT coupons_took CHECK ((order_id IS NULL) = (locked_at IS NULL) AND took_fen >= 0 AND (order_id IS NOT NULL OR took_fen = 0));
ALTER TABLE drop_exposures ADD CONSTRAINT drop_exposures_within CHECK (views >= viewers AND viewers >= 0);
ALTER TABLE drop_viewers ADD CONSTRAINT drop_viewers_within CHECK (views > 0);
ALTER TABLE accounts ADD CONSTRAINT accounts_stripe CHECK (stripe >= 0 AND (stripe = 0 OR owner_kind = 'merchant'));
ALTER TABLE accounts ADD CONSTRAINT accounts_bound CHECK (held >= 0 AND (lower_bound IS NULL OR balance - held >= lower_bound));
ALTER TABLE transfers ADD CONSTRAINT transfers_positive CHECK (amount > 0 AND debit_id <> credit_id);
ALTER TABLE holds ADD CONSTRAINT holds_state CHECK (state IN ('open', 'posted', 'voided', 'expired') AND amount > 0 AND posted BETWEEN 0 AND amount);
ALTER TABLE lots ADD CONSTRAINT lots_within CHECK (amount > 0 AND held >= 0 AND remaining BETWEEN held AND amount);
ALTER TABLE lots ADD CONSTRAINT lots_first_end CHECK (first_ends_at < expires_at);
ALTER TABLE lots ADD CONSTRAINT lots_packet CHECK (min_fen >= 0 AND expires_at IS NOT NULL OR min_fen IS NULL);
ALTER TABLE lot_parts ADD CONSTRAINT lot_parts_move CHECK (amount <> 0);
ALTER TABLE held_parts ADD CONSTRAINT held_parts_positive CHECK (amount > 0);
ALTER TABLE journal_lines ADD CONSTRAINT journal_lines_move CHECK (fen <> 0);
ALTER TABLE journal_lines ADD CONSTRAINT journal_lines_supplier CHECK ((supplier IS NOT NULL) = (account IN ('supplier_receivable', 'supplier_share')));
ALTER TABLE orders ADD CONSTRAINT orders_state CHECK (state IN ('awaiting_payment', 'paid', 'completed', 'cancelled', 'refunded'));
ALTER TABLE orders ADD CONSTRAINT orders_money CHECK (list_fen >= 0 AND goods_fen >= 0 AND shipping_fen >= 0 AND due_fen BETWEEN 0 AND payable_fen AND payable_fen = goods_fen + shipping_fen);
ALTER TABLE orders ADD CONSTRAINT orders_refunded CHECK (refunds >= 0 AND refunded_fen BETWEEN 0 AND payable_fen AND (state = 'refunded') = (refunded_at IS NOT NULL));
ALTER TABLE external_requests ADD CONSTRAINT external_requests_one CHECK (num_nulls(order_id, cancelled_at) > 0);
ALTER TABLE refund_requests ADD CONSTRAINT refund_requests_state CHECK (state IN ('waiting', 'done', 'rejected', 'withdrawn', 'closed') AND (state = 'waiting') = (decided_at IS NULL) AND seen_fen >= 0);
ALTER TABLE refunds ADD CONSTRAINT refunds_money CHECK (number > 0 AND withheld_fen BETWEEN 0 AND refund_fen AND cash_fen BETWEEN 0 AND refund_fen - withheld_fen);
ALTER TABLE payouts ADD CONSTRAINT payouts_state CHECK (state IN ('processing', 'succeeded', 'failed') AND (state = 'processing') = (ended_at IS NULL));
ALTER TABLE payouts ADD CONSTRAINT payouts_money CHECK (amount_fen > 0 AND amount_fen <= total_fen AND round >= 0 AND tries >= 0);
ALTER TABLE presales ADD CONSTRAINT presales_state CHECK (state IN ('awaiting_deposit', 'deposit_paid', 'settled', 'closed', 'forfeited', 'returned') AND (paid_at IS NULL) = (state IN ('awaiting_deposit', 'closed')) AND (payment_id IS NULL) = (paid_at IS NULL) AND (ended_at IS NULL) = (state IN ('awaiting_deposit', 'deposit_paid')) AND (state <> 'settled' OR order_id IS NOT NULL) AND (order_id IS NULL OR state IN ('deposit_paid', 'settled')));
ALTER TABLE presales ADD CONSTRAINT presales_money CHECK (qty > 0 AND deposit_fen > 0 AND keeps_fen BETWEEN 0 AND deposit_fen AND keeps_fen * 5 <= contract_fen AND least(used_fen, kept_fen, returned_fen, extra_fen) >= 0 AND greatest(kept_fen, extra_fen) <= keeps_fen AND used_fen + kept_fen + returned_fen = CASE WHEN state IN ('settled', 'forfeited', 'returned') THEN deposit_fen ELSE 0 END);
ALTER TABLE presales ADD CONSTRAINT presales_times CHECK (placed_at < pay_by AND opens_at < closes_at AND isfinite(opens_at) AND isfinite(closes_at));
ALTER TABLE orders ADD CONSTRAINT orders_deposit CHECK (deposit_fen >= 0 AND due_fen + deposit_fen <= payable_fen AND (deposit_fen = 0 OR presale_id IS NOT NULL));
ALTER TABLE payouts ADD CONSTRAINT payouts_subject CHECK (num_nonnulls(order_id, presale_id) = 1);
ALTER TABLE order_lines ADD CONSTRAINT order_lines_kind CHECK (kind IN ('sale', 'add_on', 'gift') AND (kind <> 'gift' OR payable_fen = 0));
ALTER TABLE order_lines ADD CONSTRAINT order_lines_money CHECK (qty > 0 AND list_fen >= 0 AND payable_fen >= 0);

-- 4 Append-only tables (L7) and immutable rules: who logs in as the application has no right to change them (kit/roles.py reads these triggers); they refuse the owner too (decision 0036).
CREATE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER complaints_kept BEFORE DELETE ON complaints FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER complaints_never_emptied BEFORE TRUNCATE ON complaints FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER stock_receipts_append_only BEFORE UPDATE OR DELETE ON stock_receipts FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER stock_receipts_kept BEFORE TRUNCATE ON stock_receipts FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER coupon_moves_append_only BEFORE UPDATE OR DELETE ON coupon_moves FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER coupon_refusals_append_only BEFORE UPDATE OR DELETE ON coupon_refusals FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER coupon_refusals_kept BEFORE TRUNCATE ON coupon_refusals FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER refunds_append_only BEFORE UPDATE OR DELETE ON refunds FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER lot_parts_append_only BEFORE UPDATE OR DELETE ON lot_parts FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER journal_entries_append_only BEFORE UPDATE OR DELETE ON journal_entries FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER journal_lines_append_only BEFORE UPDATE OR DELETE ON journal_lines FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER member_policies_append_only BEFORE UPDATE OR DELETE ON member_policies FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER level_moves_append_only BEFORE UPDATE OR DELETE ON level_moves FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER member_records_append_only BEFORE UPDATE OR DELETE ON member_records FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER member_consents_append_only BEFORE UPDATE OR DELETE ON member_consents FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER member_ties_append_only BEFORE UPDATE OR DELETE ON member_ties FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER entries_kept BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER transfers_kept BEFORE TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER coupon_moves_kept BEFORE TRUNCATE ON coupon_moves FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER refunds_kept BEFORE TRUNCATE ON refunds FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER lot_parts_kept BEFORE TRUNCATE ON lot_parts FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER journal_entries_kept BEFORE TRUNCATE ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER journal_lines_kept BEFORE TRUNCATE ON journal_lines FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER member_policies_kept BEFORE TRUNCATE ON member_policies FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER level_moves_kept BEFORE TRUNCATE ON level_moves FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER drop_tiers_fixed BEFORE UPDATE OR DELETE ON drop_tiers FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER drop_tiers_kept BEFORE TRUNCATE ON drop_tiers FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER member_records_kept BEFORE TRUNCATE ON member_records FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER member_consents_kept BEFORE TRUNCATE ON member_consents FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER member_ties_kept BEFORE TRUNCATE ON member_ties FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE FUNCTION forbid_rule_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.retired_at IS NULL AND NEW.retired_at IS NOT NULL
     AND to_jsonb(OLD) - 'retired_at' = to_jsonb(NEW) - 'retired_at' THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'offer versions are immutable' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER offer_versions_immutable BEFORE UPDATE OR DELETE ON offer_versions FOR EACH ROW EXECUTE FUNCTION forbid_rule_change();
CREATE TRIGGER lottery_draws_append_only BEFORE UPDATE OR DELETE ON lottery_draws FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER lottery_draws_kept BEFORE TRUNCATE ON lottery_draws FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE FUNCTION forbid_lottery_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.draws >= OLD.draws AND (OLD.state = 'open' OR NEW.state = OLD.state AND NEW.draws = OLD.draws)
     AND to_jsonb(OLD) - ARRAY['draws', 'state', 'stopped_at', 'stopped_by', 'stop_reason'] = to_jsonb(NEW) - ARRAY['draws', 'state', 'stopped_at', 'stopped_by', 'stop_reason'] THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what a lottery promised is not changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER lotteries_promised BEFORE UPDATE OR DELETE ON lotteries FOR EACH ROW EXECUTE FUNCTION forbid_lottery_change();
CREATE FUNCTION forbid_prize_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.won >= OLD.won AND NEW.stock IS NOT DISTINCT FROM greatest(OLD.stock, NEW.stock)
     AND to_jsonb(OLD) - ARRAY['won', 'stock'] = to_jsonb(NEW) - ARRAY['won', 'stock'] THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what a lottery promised is not changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER lottery_prizes_promised BEFORE UPDATE OR DELETE ON lottery_prizes FOR EACH ROW EXECUTE FUNCTION forbid_prize_change();

-- 5 The outbox: ordered, and the relay is woken by the commit.
CREATE SEQUENCE outbox_sequence;
ALTER TABLE outbox_events ALTER COLUMN sequence SET DEFAULT nextval('outbox_sequence');
ALTER TABLE outbox_events ALTER COLUMN sequence SET NOT NULL;
CREATE INDEX outbox_waiting ON outbox_events (sequence) WHERE relayed_at IS NULL;
CREATE FUNCTION wake_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NOTIFY outbox; RETURN NULL; END $$;
CREATE TRIGGER outbox_wakes AFTER INSERT ON outbox_events FOR EACH STATEMENT EXECUTE FUNCTION wake_relay();

CREATE SEQUENCE coupon_moves_sequence;
ALTER TABLE coupon_moves ALTER COLUMN sequence SET DEFAULT nextval('coupon_moves_sequence');
ALTER TABLE coupon_moves ALTER COLUMN sequence SET NOT NULL;

-- 6 Hot look-ups.
CREATE INDEX offer_versions_live ON offer_versions (merchant_id, active_until) WHERE retired_at IS NULL;
CREATE INDEX coupons_expiring ON coupons (expires_at) WHERE state = 'issued';
CREATE UNIQUE INDEX family_members_one_family ON family_members (merchant_id, member_id) WHERE left_at IS NULL;
CREATE UNIQUE INDEX refund_requests_one_waits ON refund_requests (merchant_id, order_id) WHERE state = 'waiting';
CREATE INDEX orders_to_serve ON orders (merchant_id, (NOT priority), id) WHERE state = 'paid';
CREATE INDEX payouts_due ON payouts (next_at) WHERE state = 'processing';
CREATE UNIQUE INDEX drop_exposures_once ON drop_exposures (merchant_id, drop_id, placement, day, store_id) NULLS NOT DISTINCT;
CREATE INDEX drop_viewers_by_day ON drop_viewers (day);
CREATE INDEX coupons_used_of_member ON coupons (merchant_id, member_id, template_id, locked_at) WHERE locked_at IS NOT NULL;
CREATE INDEX coupons_of_order ON coupons (merchant_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payouts_open ON payouts (merchant_id, order_id) WHERE state <> 'succeeded';
CREATE UNIQUE INDEX orders_of_presale ON orders (merchant_id, presale_id) WHERE presale_id IS NOT NULL AND state <> 'cancelled';
CREATE INDEX payouts_of_presale ON payouts (merchant_id, presale_id) WHERE presale_id IS NOT NULL;
CREATE INDEX presales_to_tell ON presales (opens_at) WHERE state = 'deposit_paid' AND told < 2;
CREATE INDEX orders_with_refunds ON orders (merchant_id, id) WHERE refunds > 0;
CREATE INDEX orders_by_number ON orders (merchant_id, number COLLATE "C");
CREATE INDEX lots_open ON lots (merchant_id, account_id) WHERE remaining > 0;
CREATE INDEX lots_packets ON lots (merchant_id, account_id, expires_at) WHERE min_fen IS NOT NULL;
CREATE INDEX lots_of_transfer ON lots (merchant_id, transfer_id);
CREATE INDEX lots_ending ON lots (expires_at) WHERE remaining > held;
CREATE INDEX journal_lines_of_suppliers ON journal_lines (merchant_id, supplier) WHERE supplier IS NOT NULL;
CREATE INDEX lot_parts_back ON lot_parts (merchant_id, origin_id) WHERE origin_id IS NOT NULL;
