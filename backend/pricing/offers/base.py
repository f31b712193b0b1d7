"""What an offer type is: its data (an `Effect`), how it is read, what it does and says, its form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from backend.pricing.allocation import Run
from backend.pricing.model import Level, Product, Scope
from backend.pricing.reading import Reader

Lang = Literal["zh", "en"]
WHOLE = 10_000


Goods = list[tuple[Product, int]]
"""The lines of a cart: products and quantities, in the order of SKUs."""


class Part(NamedTuple):
    """One amount to be divided over some units."""

    runs: list[Run]
    off: int


class Plan(NamedTuple):
    """What is divided over which units, how often that applies, and the lines that count (None: all of them)."""

    parts: list[Part]
    applications: int
    counted: int | None = None


class Need(NamedTuple):
    """The lowest threshold: so many fen, or so many units."""

    by: Literal["fen", "count"]
    least: int


NO_NEED = Need("fen", 0)
ENDLESS = 1 << 60


class ByBase(NamedTuple):
    """A bound told by the sum of the amounts taken alone: `most(base)` rises at `steps` (rising) and nowhere else."""

    most: Callable[[int], int]
    steps: tuple[int, ...]


class Piece(NamedTuple):
    """A bound that is a sum over the lines taken: (`const` + Σ `weight(line, amount)`) / `den` fen, at most `cap`, from
    `least` units (with `by_fen`: fen) on. `weight` rises with the amount. With `whole` every line of the offer must be taken. Of units that
    fill no full `period`, each loses `loss` / `den` again. With `step`, just one, two, … times `step` units count, at
    most `room`, each step costs `toll` / `den`, and `weight` is of one unit."""

    const: int
    den: int
    weight: Callable[[int, int], int]
    least: int = 0
    cap: int | None = None
    whole: bool = False
    period: int = 1
    loss: int = 0
    room: int = 0
    step: int = 0
    toll: int = 0
    by_fen: bool = False


class Pieces(NamedTuple):
    """A piece for each of some prices, of which the greatest holds; `piece(low, high)` is no less than all from low to
    high, so that they need not all be looked at."""

    prices: list[int]
    piece: Callable[[int, int], Piece]


class Sums(NamedTuple):
    """From `fen` and `units` on more changes nothing; of a fen it gives `num` / `den` at most, and just that (of the
    whole sum, rounded down) from `steady` fen to `fen`, once it has its units; None: nowhere."""

    fen: int
    units: int
    num: int
    den: int
    steady: int | None = None


Bound = ByBase | Pieces | list[Piece]


class Taker(NamedTuple):
    """A line that an offer may take: its units, and the amounts that LINE may leave of it, rising."""

    line: int
    units: int
    amounts: list[int]


@dataclass(frozen=True, slots=True)
class Reward:
    """What an order gives back later. `value` is what one coupon or stamp is worth, where that is stated."""

    points: int = 0
    fen: int = 0
    count: int = 0
    template: str | None = None
    value: int = 0

    def __bool__(self) -> bool:
        return bool(self.points or self.fen or self.count)

    def less(self, other: Reward) -> Reward:
        return Reward(
            self.points - other.points,
            self.fen - other.fen,
            self.count - other.count,
            self.template,
            self.value,
        )

    def worth(self, points_per_yuan: int) -> int:
        """In fen, times the points that make one yuan, so that it stays whole."""
        return self.points * 100 + (self.fen + self.count * self.value) * points_per_yuan


class Effect:
    """The part of an offer that only its type knows. Each type overrides what its level asks for."""

    kind: ClassVar[str]
    # Whether `need` is a threshold of the contract, which a rejection reports as THRESHOLD.
    threshold: ClassVar[bool] = False
    # Whether it holds only for units on which a deposit was paid before (`cart.deposits`).
    needs_deposit: ClassVar[bool] = False

    @property
    def grows(self) -> bool:
        """Whether one more line taken can never lessen the benefit; the search then need not leave it out."""
        return False

    @property
    def whole(self) -> bool:
        """Whether it takes all of its lines or none."""
        return False

    def own_scope(self) -> Scope | None:
        """The goods it is about, where the effect itself names them; None: the scope of the offer says it all."""
        return None

    def bind(self, goods: Goods, mask: int) -> tuple[Effect, int]:
        """The effect for the lines of one cart, and which of those in scope it can be about."""
        return self, mask

    def zh(self) -> str:
        raise NotImplementedError

    def en(self) -> str:
        raise NotImplementedError

    # LINE
    def unit(self, price: int) -> int:
        """The unit price after the offer."""
        raise NotImplementedError

    # ORDER and COUPON
    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        """What it takes off which units, in at most `cap` applications; None where it does not apply."""
        raise NotImplementedError

    def taken_off(self, base: int, count: int, cap: int | None) -> int | None:
        """What it takes off (in at most `cap` applications), where the sum and the units of what it takes tell that; None elsewhere."""
        return None

    def most(self, base: int, count: int) -> int:
        """No taking of lines worth `base` with `count` units is ever discounted by more; rises with both."""
        raise NotImplementedError

    def rate(self) -> tuple[int, int]:
        """The greatest part (numerator, denominator) of a base that can be discounted."""
        return 1, 1

    def each_more(self) -> tuple[int, int] | None:
        """The part (numerator, denominator) of any money and units more that it takes off at least, where it applies without them,
        rounded down; None: perhaps nothing."""
        return None

    def above(self, num: int, den: int, base: int, count: int) -> int:
        """The most that it takes off more than this part, rounded down, of what it takes, which is worth no more than `base` with
        `count` units. Never too small; 0 where it takes less."""
        return self.most(base, count)

    def ahead_of(self, other: Effect, low: int, high: int) -> int | None:
        """What it takes off at least more than another where that applies, of the same lines, which are worth from `low` to `high` fen;
        None: perhaps less."""
        return None

    def bounds(self, takers: list[Taker], cap: int | None) -> Bound:
        """What it can take off at most, in at most `cap` applications: by the sum of what it takes, or as pieces of which
        the greatest holds for any lines. Never too small; the closer, the faster the search."""
        whole, count = sum(t.amounts[-1] for t in takers), sum(t.units for t in takers)
        num, den = self.rate()
        need = self.need()
        return [
            Piece(
                0, den, lambda _, amount: amount * num, need.least if need.by == "count" else 0, self.most(whole, count)
            )
        ]

    # Whether a bound on units that cost as much as the mean of a line holds for the line.
    by_mean: ClassVar[bool] = True

    def surely(self, units: int, amount: int, whole: int, even: bool) -> int:
        """What it takes at least off a line left at `amount`, if it applies without limit and takes it; all that it could
        ever take is worth `whole`. With `even` all units of the line cost the same. Never too large."""
        return 0

    def need(self) -> Need:
        """What must be taken at least for it to apply."""
        return NO_NEED

    def goal(self, mask: int) -> tuple[Need, int] | None:
        """The threshold that a rejection names, and which of the lines taken count towards it; None: there is none."""
        return (self.need(), mask) if self.threshold else None

    def sums(self, cap: int | None) -> Sums | None:
        """For effects (in at most `cap` applications) that are told by two sums over the lines taken, and that neither sum
        ever lessens; None for all others."""
        return None

    def deepest(self) -> tuple[int, int]:
        """The greatest part (numerator, denominator) of a single unit that can be taken off, roundings aside."""
        return 1, 1

    def part(self, price: int, units: int) -> tuple[int, int] | None:
        """What a line of so many units at this price adds to the two sums; None: it can never be taken."""
        return price * units, units

    def memory(self, taken: list[tuple[int, int, int]]) -> tuple[int, ...] | None:
        """What there is to know of lines taken (unit price, units, line) to tell what it gives with any further lines;
        None: which lines they are."""
        return None

    # GIFT
    def gifts(
        self, base: int, count: int, left: Mapping[str, int], prices: Mapping[str, int], wished: tuple[str, ...]
    ) -> tuple[int, list[tuple[str, int]]] | None:
        """The threshold reached and the gifts (sku, quantity) that it brings."""
        raise NotImplementedError

    def sold_out(self, left: Mapping[str, int]) -> bool:
        """Whether nothing is left of all its gifts."""
        return False

    def up_to(self, pieces: int) -> Effect:
        """The effect of which so many pieces may still be given away (P12)."""
        return self

    def gift_skus(self) -> set[str]:
        return set()

    def gift_value(self, prices: Mapping[str, int], base: int, count: int) -> int:
        """No gifts of it are worth more than this, where it counts no more than so much money and so many units."""
        return 0

    def gifts_rise(self, prices: Mapping[str, int]) -> bool:
        """Whether each threshold brings gifts of greater value than the one before, the first of more than nothing."""
        return False

    def add_on_skus(self) -> set[str]:
        return set()

    def most_add_ons(self) -> int:
        return 0

    def price_of(self, sku: str) -> int | None:
        """What one of its add-ons costs."""
        return None

    # SHIPPING
    def fee_off(self, fee: int) -> int:
        """What it takes off a fee."""
        raise NotImplementedError

    # EARN
    @property
    def factor(self) -> bool:
        """Whether it multiplies what the others give, and so comes after them."""
        return False

    @property
    def apart(self) -> bool:
        """Whether the points that it gives are multiplied by nobody."""
        return False

    def earn(self, base: int, points: int, cap: int | None) -> Reward:
        """What it gives on money that counts, `points` being what the offers before it give."""
        raise NotImplementedError

    def times_given(self, reward: Reward) -> int:
        """How many applications (docs/pricing.md, limits) stand for what it gives: one, but for steps of `every`. A part of one
        counts as one."""
        return 1 if reward else 0

    def tier(self, base: int, count: int) -> int | None:
        """Which tier is reached, for effects that give a fixed rate within a tier; None for all others."""
        return None


Kind = Literal["fen", "bp", "times", "count", "flag", "sku", "text", "scope", "tiers", "items", "group"]
"""fen: money; bp: a rate that is paid; times: a factor in basis points; tiers, items: rows of `of`; group: a part."""

PIECES = ("件", "units")


@dataclass(frozen=True)
class Field:
    """One field of the form that the console draws; its name is that of the definition."""

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = True
    of: tuple[Field, ...] = ()
    one_of: str = ""
    """Of the fields that name the same, just one is given (in tiers: the same one in each)."""
    unit: tuple[str, str] = ("", "")
    """What is counted, in Chinese and English."""
    usual: int | bool | None = None
    """What stands there at first."""
    zero: bool = False
    """Whether 0 is meant too: a gift, a price of nothing."""


@dataclass(frozen=True)
class OfferType:
    """What the register knows of a type: its words, where it stands by default, how it is read, its form."""

    name: str
    zh: str
    en: str
    level: Level
    group: str
    priority: int
    read: Callable[[Reader], Effect | None]
    form: tuple[Field, ...]
    scoped: bool = True
    """Whether a scope may be given; else the form names its goods."""
    what: tuple[str, str] = ("", "")
    """What it does, in a few words of Chinese and English: the hint of the console's gallery."""
    eg: tuple[str, str] = ("", "")
    """An example, shorter still."""
    kept: bool = False
    """Whether orders keep what it promises, from the price to the refund, so that promotions may hold it."""
    needs_deposit: bool = False
    """Whether it is a pre-sale: as `Effect.needs_deposit`."""


def yuan(fen: int) -> str:
    """200, 9.9, 0.05: an amount as people write it."""
    whole, rest = divmod(fen, 100)
    return f"{whole}" if not rest else f"{whole}.{rest:02d}".rstrip("0")


def zhe(pay_bp: int) -> str:
    """8500 is 8.5折; nothing to pay is 免单."""
    if pay_bp == 0:
        return "免单"
    whole, rest = divmod(pay_bp, 1000)
    return f"{whole}" + (f".{rest:03d}".rstrip("0") if rest else "") + "折"


def percent(pay_bp: int) -> str:
    """8500 is 15% off."""
    whole, rest = divmod(WHOLE - pay_bp, 100)
    return f"{whole}" + (f".{rest:02d}".rstrip("0") if rest else "") + "% off"


def ahead_by_sum(mine: Effect, other: Effect, low: int, high: int) -> int | None:
    """`Effect.ahead_of` of two that are told by a sum of money alone, and never give less of more."""
    need, theirs = mine.need(), other.need()
    if need.by != "fen" or theirs.by != "fen" or other.sums(None) is None:
        return None
    least = mine.most(max(low, theirs.least), 1) - other.most(max(high, low), 1)
    return least if least >= 0 else None


def part_off(amount: int, pay_bp: int) -> int:
    """The discount on an amount at a rate that is paid, rounded down."""
    return amount * (WHOLE - pay_bp) // WHOLE


def cheapest(runs: list[Run], units: int) -> list[Run]:
    """So many of the cheapest units; equal ones in the order of lines and positions."""
    return first_units(sorted(runs, key=lambda r: (r.amount, r.line, r.start)), units)


def dearest(runs: list[Run], units: int) -> list[Run]:
    """So many of the dearest units; equal ones in the order of lines and positions."""
    return first_units(sorted(runs, key=lambda r: (-r.amount, r.line, r.start)), units)


def first_units(runs: list[Run], units: int) -> list[Run]:
    found = []
    for run in runs:
        if units <= 0:
            break
        n = min(units, run.n)
        found.append(run if n == run.n else Run(run.line, run.start, run.amount, n))
        units -= n
    return found


MOST_PERIOD = 6
MOST_ROOM = 24


def _prices_of(takers: list[Taker]) -> list[int]:
    """The unit prices that some units may have, rising."""
    return sorted({-(-amount // t.units) for t in takers for amount in t.amounts})


def cheapest_pieces(
    got: list[Taker], units: Mapping[int, int], part: int, of: int, least: int, num: int, cap: int | None
) -> Pieces:
    """Bounds where the cheapest `part` units of every `of` taken are discounted at num / WHOLE; only `got` lines are.

    The sum of the D cheapest of some units is the greatest of D·t − Σ max(0, t − price) over all prices t, and D is at
    most part/of of all units: for each t, a sum over lines.
    """
    mine = {t.line for t in got}

    def piece(low: int, high: int) -> Piece:
        def weight(line: int, amount: int) -> int:
            n = units[line]
            under = max(0, low - -(-amount // n)) * of if line in mine else 0
            return n * (part * high - under) * num

        if of > MOST_PERIOD or least < of:
            return Piece(0, WHOLE * of, weight, least, cap)
        return Piece(0, WHOLE * of, weight, 0, cap, period=of, loss=part * high * num)

    return Pieces(_prices_of(got), piece)


def one_set_pieces(got: list[Taker], units: Mapping[int, int], part: int, least: int, num: int) -> Pieces:
    """As `cheapest_pieces`, where no more than `part` units in all are discounted."""
    mine = {t.line for t in got}

    def piece(low: int, high: int) -> Piece:
        def weight(line: int, amount: int) -> int:
            n = units[line]
            return -n * max(0, low - -(-amount // n)) * num if line in mine else 0

        return Piece(part * high * num, WHOLE, weight, least)

    return Pieces(_prices_of(got), piece)


def together(taken: list[tuple[int, int, int]]) -> tuple[int, ...]:
    """Units by price, as one row: price, units, price, units."""
    units: dict[int, int] = {}
    for price, n, _ in taken:
        units[price] = units.get(price, 0) + n
    return tuple(k for row in sorted(units.items()) for k in row)


def lines_of(runs: list[Run]) -> int:
    """Mask of the lines on which some units lie."""
    mask = 0
    for run in runs:
        mask |= 1 << run.line
    return mask


def worth(runs: list[Run]) -> tuple[int, int]:
    """Sum and number of some units."""
    base = count = 0
    for run in runs:
        base += run.amount * run.n
        count += run.n
    return base, count


def must_rise(tiers: list[Reader], values: list[int], field: str) -> None:
    for tier, before, value in zip(tiers[1:], values, values[1:], strict=False):
        if value <= before:
            tier.fault(field, f"must be above the tier before it, which has {before}")


def must_fall(tiers: list[Reader], values: list[int], field: str) -> None:
    for tier, before, value in zip(tiers[1:], values, values[1:], strict=False):
        if value >= before:
            tier.fault(field, f"must be below the tier before it, which has {before}")


def read_thresholds(tiers: list[Reader]) -> tuple[Literal["fen", "count"], list[int]]:
    """The `min` or `count` of each tier: all of one kind, and rising."""
    by: Literal["fen", "count"] = "count" if tiers and "count" in tiers[0].data else "fen"
    field = "count" if by == "count" else "min"
    other = "min" if by == "count" else "count"
    values = []
    for tier in tiers:
        if tier.has(other):
            tier.fault(other, f"must not be mixed with {field}: tiers are all min or all count")
        if field in tier.data or other not in tier.data:
            values.append(tier.number(field, 1 if by == "count" else 0))
        else:
            tier.has(field)
            values.append(values[-1] + 1 if values else 0)
    must_rise(tiers, values, field)
    return by, values
