-- Keys start with the merchant; references carry it (decision 0005). What was promised and drawn is never rewritten (decision 0025).
ALTER TABLE lotteries DROP CONSTRAINT lotteries_pkey, ADD CONSTRAINT lotteries_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE lottery_prizes DROP CONSTRAINT lottery_prizes_pkey, ADD CONSTRAINT lottery_prizes_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE lottery_draws DROP CONSTRAINT lottery_draws_pkey, ADD CONSTRAINT lottery_draws_pkey PRIMARY KEY (merchant_id, id);
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_lottery_fk FOREIGN KEY (merchant_id, lottery_id) REFERENCES lotteries (merchant_id, id);
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_template_fk FOREIGN KEY (merchant_id, template_id) REFERENCES coupon_templates (merchant_id, id);
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_product_fk FOREIGN KEY (merchant_id, sku) REFERENCES products (merchant_id, sku);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_lottery_fk FOREIGN KEY (merchant_id, lottery_id) REFERENCES lotteries (merchant_id, id);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_prize_fk FOREIGN KEY (merchant_id, prize_id) REFERENCES lottery_prizes (merchant_id, id);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_member_fk FOREIGN KEY (merchant_id, member_id) REFERENCES members (merchant_id, id);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_coupon_fk FOREIGN KEY (merchant_id, coupon_id) REFERENCES coupons (merchant_id, id);
ALTER TABLE lotteries ADD CONSTRAINT lotteries_within CHECK (points > 0 AND draws >= 0 AND per_day > 0 AND free_per_day BETWEEN 0 AND per_day AND (per_member IS NULL OR per_member >= per_day) AND (budget_fen IS NULL OR budget_fen > 0));
ALTER TABLE lotteries ADD CONSTRAINT lotteries_state CHECK (state IN ('open', 'stopped') AND starts_at < ends_at AND isfinite(starts_at) AND isfinite(ends_at) AND (state = 'stopped') = (stopped_at IS NOT NULL) AND num_nulls(stopped_at, stopped_by, stop_reason) IN (0, 3));
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_within CHECK (odds BETWEEN 1 AND 1000000 AND worth_fen BETWEEN 0 AND 5000000 AND won >= 0 AND (stock IS NULL OR stock > 0 AND won <= stock) AND (stock IS NULL) = (kind = 'thanks'));
ALTER TABLE lottery_prizes ADD CONSTRAINT lottery_prizes_gives CHECK (CASE kind WHEN 'points' THEN points > 0 AND template_id IS NULL AND sku IS NULL WHEN 'coupon' THEN points IS NULL AND template_id IS NOT NULL AND sku IS NULL WHEN 'article' THEN points IS NULL AND template_id IS NOT NULL AND sku IS NOT NULL WHEN 'thanks' THEN num_nonnulls(points, template_id, sku) = 0 ELSE false END);
ALTER TABLE lottery_draws ADD CONSTRAINT lottery_draws_one CHECK (n > 0 AND points >= 0 AND drawn BETWEEN 0 AND 999999 AND num_nonnulls(won_points, coupon_id) <= 1);
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
