"""A second solver as judge of the search: an OR-tools CP-SAT model of the contract, written from the contract alone.

Nothing is enumerated but what one line can do at LINE: which lines an offer takes, tiers, cheapest and dearest units,
shares by largest remainder to the unit and what each later offer finds are constraints over whole numbers, solved to
a proven optimum. It shares no code with the engine and reads the scenario as plain data.

The class that it judges, exactly:

- LINE: `fixed_price`, `amount_off`, `percent_off`, with limits, budgets and `mandatory` (not both of the last);
- ORDER: `spend_off` (tiers, every), `spend_percent`, `nth_item`, `pick_bundle`, `combo`, `buy_get`, with limits, budgets;
- COUPON: `off`, `percent`, `exchange`, chosen, fixed or none, with `max_coupons` and `min_coupon_gain`;
- SHIPPING: offers and coupons;
- groups, `excludes` by id, group and template, `exclusive` line and cart, priorities.

Outside it: floors, gifts, add-ons, `when`, tenders and earnings (which do not change the payable), and the ties of §4:
only the payable is compared. The brute force judges those on small carts.
"""
