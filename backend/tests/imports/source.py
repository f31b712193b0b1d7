"""A tiny data set with the columns of The Complete Journey, written by duckdb; faults can be planted in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

Row = tuple[object, ...]
TYPES = {
    "transactions": "household_id BIGINT, store_id BIGINT, basket_id BIGINT, product_id BIGINT, quantity BIGINT, sales_value DOUBLE,"
    " retail_disc DOUBLE, coupon_disc DOUBLE, coupon_match_disc DOUBLE, week BIGINT, transaction_timestamp TIMESTAMP",
    "products": "product_id BIGINT, manufacturer_id BIGINT, department VARCHAR, brand VARCHAR, product_category VARCHAR,"
    " product_type VARCHAR, package_size VARCHAR",
    "demographics": "household_id BIGINT, age VARCHAR, income VARCHAR, home_ownership VARCHAR, marital_status VARCHAR,"
    " household_size VARCHAR, household_comp VARCHAR, kids_count VARCHAR",
    "campaigns": "campaign_id BIGINT, household_id BIGINT",
    "campaign_descriptions": "campaign_id BIGINT, campaign_type VARCHAR, start_date TIMESTAMP, end_date TIMESTAMP",
    "coupons": "coupon_upc BIGINT, product_id BIGINT, campaign_id BIGINT",
    "coupon_redemptions": "household_id BIGINT, coupon_upc BIGINT, campaign_id BIGINT, redemption_date TIMESTAMP",
}
WEDNESDAY, FRIDAY_NIGHT, SUNDAY, MONDAY = (
    "2017-03-01 15:00:00",
    "2017-03-04 04:30:00",  # Friday 23:30 in New York
    "2017-03-05 20:00:00",
    "2017-03-06 18:00:00",
)
SODA, BEEF, BANANA, FUEL, UNSOLD, FREE, STRANGE = 10, 20, 30, 40, 50, 60, 70
TRANSACTIONS: list[Row] = [
    # household, store, basket, product, quantity, sales, retail, coupon, match, week, time (UTC)
    (1, 5, 100, SODA, 2, 3.00, 1.00, 0.0, 0.0, 9, WEDNESDAY),  # list 4.00, paid 3.00
    (1, 5, 100, BEEF, 1, 4.50, 0.0, 1.00, 0.50, 9, WEDNESDAY),  # list 5.00, paid 3.50
    (1, 6, 101, BEEF, 3, 14.99, 0.0, 0.0, 0.0, 10, FRIDAY_NIGHT),  # list 14.99: no whole cents a unit
    (1, 6, 101, BANANA, 0, 0.0, 0.0, 2.00, 0.0, 10, FRIDAY_NIGHT),  # a coupon booked on no article
    (2, 5, 102, FUEL, 10000, 25.00, 0.0, 0.0, 0.0, 10, SUNDAY),  # a quarter of a cent a unit
    (2, 5, 102, SODA, 1, 1.00, 0.0, 1.50, 0.0, 10, SUNDAY),  # a coupon worth more than the line
    (2, 5, 103, BANANA, 0, 0.0, 0.0, 0.0, 0.0, 10, SUNDAY),  # nothing left of this basket
    (2, 6, 104, SODA, 12000, 120.00, 0.0, 0.0, 0.0, 11, MONDAY),
    (2, 6, 104, BEEF, 1, 5.00, 0.0, 0.0, 0.0, 11, MONDAY),
    (2, 6, 104, BANANA, -1, 1.00, 0.0, 0.0, 0.0, 11, MONDAY),
    (2, 6, 104, UNSOLD, 1, -1.00, 0.0, 0.0, 0.0, 11, MONDAY),
    (2, 6, 104, FREE, 1, 0.0, 0.0, 0.0, 0.0, 11, MONDAY),
    (2, 6, 104, STRANGE, 1, 2.00, 0.0, 0.0, 0.0, 11, MONDAY),  # not among the products
]
ROWS: dict[str, list[Row]] = {
    "transactions": TRANSACTIONS,
    "products": [
        (SODA, 1, "GROCERY", "National", "SOFT DRINKS", "SOFT DRINKS 12/18&15PK CAN CAR", "12 OZ"),
        (BEEF, 2, "MEAT", "Private", "BEEF", "CHOICE BEEF", None),
        (BANANA, 3, "PRODUCE", "National", "TROPICAL FRUIT", "BANANAS", "40 LB"),
        (FUEL, 4, "MISCELLANEOUS", "National", "COUPON/MISC ITEMS", "GASOLINE-REG UNLEADED", None),
        (UNSOLD, 5, "GROCERY", "National", None, None, None),
        (FREE, 6, "GROCERY", "National", "SOUP", "SOUP", None),
    ],
    "demographics": [(1, "65+", "35-49K", "Homeowner", "Married", "2", "2 Adults No Kids", "0")],
    "campaigns": [(26, 1), (8, 1), (8, 2)],
    "campaign_descriptions": [(8, "Type A", "2017-02-01", "2017-04-01"), (26, "Type B", "2017-03-01", "2017-04-01")],
    "coupons": [(900, BEEF, 8), (901, SODA, 8), (902, SODA, 26)],
    "coupon_redemptions": [(1, 900, 8, "2017-03-01"), (2, 902, 26, "2017-03-09")],
}


def write(folder: Path, types: dict[str, str] | None = None, **rows: Sequence[Row]) -> Path:
    """The files in a folder; `types` and `rows` by file name replace those above."""
    folder.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect(":memory:")
    for name, columns in {**TYPES, **(types or {})}.items():
        db.execute(f"CREATE TABLE {name} ({columns})")
        chosen = rows.get(name, ROWS[name])
        if chosen:
            db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(chosen[0]))})", [list(r) for r in chosen])
        db.execute(f"COPY {name} TO '{folder / name}.parquet' (FORMAT parquet)")
    return folder


def many(baskets: int) -> list[Row]:
    """Baskets of one to three lines, one a minute, over 40 households and 7 stores."""
    return [
        (
            b % 40,
            b % 7,
            1000 + b,
            SODA + 10 * k,
            1 + (b + k) % 4,
            round(0.25 * (1 + (b * 7 + k) % 60), 2),
            0.1 * (b % 3),
            0.0,
            0.0,
            1,
            f"2017-01-{1 + b // 1440:02d} {b // 60 % 24:02d}:{b % 60:02d}:00",
        )
        for b in range(baskets)
        for k in range(1 + b % 3)
    ]
