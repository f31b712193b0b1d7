"""A second solver as judge of the search: an OR-tools CP-SAT model of the contract, written from the contract alone.

Nothing is enumerated but what one line can do at LINE: which lines an offer takes, tiers, cheapest and dearest units,
shares by largest remainder to the unit and what each later offer finds are constraints over whole numbers, solved to
a proven optimum. It shares no code with the engine and reads the scenario as plain data.

The class that it judges, exactly (`deposit_inflation` is outside):

- LINE: `fixed_price`, `amount_off`, `percent_off`, with limits, budgets and `mandatory` (not both of the last);
- ORDER: `spend_off` (tiers, every), `spend_percent`, `nth_item`, `pick_bundle`, `combo`, `buy_get`, with limits, budgets;
- gifts and add-ons: they cost nothing and take lines, so they matter through groups, exclusions and thresholds; chosen
  add-ons come before the price. Outside: budgets on gifts, gift stock between nothing and enough, add-ons together with
  a `min_coupon_gain` above 1;
- COUPON: `off`, `percent`, `exchange`, chosen, fixed or none, with `max_coupons` and `min_coupon_gain`;
- SHIPPING: offers and coupons;
- groups, `excludes` by id, group and template, `exclusive` line and cart, priorities;
- floors: the rounds of §6 are unrolled;
- `when` and `expires`, decided from the contract before the model is built (`when.py`).

Tenders and earnings do not change the payable: they are computed again from the outcome (`outcome.py`), as is the money
of every line. Outside: the ties of §4 (only the payable is compared); the brute force judges those on small carts.
"""
