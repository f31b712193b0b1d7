"""Conditions (门槛, `when`): leaves joined by all, any, not; which fails first; when a time may flip one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from backend.pricing.model import EVERYTHING, Cart, Customer, Offer, Problem, Product, Scope, Selection, under
from backend.pricing.reading import Reader, whole

# The order of the contract: the first failing leaf is reported in it.
LISTS = ("channel", "store", "region", "level", "customer", "customer_id", "tag", "payment", "delivery")
LEAVES = (*LISTS, "order_number", "weekday", "day_of_month", "hours", "from", "until", "min_amount", "min_count")
ORDER = {name: i for i, name in enumerate((*LEAVES, "any", "not", "deposit"))}
DAY = 24 * 60


class AnyOf(NamedTuple):
    """One of several values: channel, store, region, level, new or returning, named customer, tag, payment or delivery."""

    leaf: str
    values: frozenset[str]


class OrderNumber(NamedTuple):
    """Which of the customer's orders this is, from `least` to `most` (None: no end)."""

    least: int
    most: int | None
    leaf: str = "order_number"


class Weekday(NamedTuple):
    """Days of the week (1 is Monday) on the merchant's clock."""

    days: frozenset[int]
    leaf: str = "weekday"


class DayOfMonth(NamedTuple):
    """Days of the month, 1–31, on the merchant's clock (会员日, P07). A month without the day has none."""

    days: frozenset[int]
    leaf: str = "day_of_month"


class Hours(NamedTuple):
    """Minutes of the day, end excluded; an end that is not after the start lies on the next day."""

    start: int
    end: int
    leaf: str = "hours"


class From(NamedTuple):
    """From a moment on."""

    moment: datetime
    leaf: str = "from"


class Until(NamedTuple):
    """Before a moment."""

    moment: datetime
    leaf: str = "until"


class AtLeast(NamedTuple):
    """min_amount (fen at list prices) or min_count (units) of the cart within a scope."""

    leaf: str
    scope: Scope
    least: int


class DepositPaid(NamedTuple):
    """A deposit was paid for the offer. Nobody writes it: types that count deposits have it of themselves."""

    offer: str
    leaf: str = "deposit"


class Any(NamedTuple):
    """At least one of the parts holds."""

    parts: tuple[When, ...]
    leaf: str = "any"


class Not(NamedTuple):
    """The part does not hold."""

    part: When
    leaf: str = "not"


Leaf = AnyOf | OrderNumber | Weekday | DayOfMonth | Hours | From | Until | AtLeast | DepositPaid | Any | Not


class When(NamedTuple):
    """Leaves that must all hold, nested `all` folded in, in the order of the contract."""

    leaves: tuple[Leaf, ...]


class Moment(NamedTuple):
    """What conditions are asked about: the time on the merchant's clock, customer, cart at list prices."""

    at: datetime
    local: datetime
    cart: Cart
    customer: Customer
    goods: tuple[tuple[Product, int], ...]


def zone(name: str) -> tzinfo:
    """The zone of a policy. China has kept UTC+8 all year since 1992, so no table is read for it."""
    known = _ZONES.get(name)
    if known is None:
        from zoneinfo import ZoneInfo  # noqa: PLC0415  (loading it costs more than the rest of the core)

        known = _ZONES[name] = ZoneInfo(name)
    return known


_ZONES: dict[str, tzinfo] = {"Asia/Shanghai": timezone(timedelta(hours=8), "CST")}


def next_day(at: datetime, tz: str) -> datetime:
    """The first instant of the day after, on the clock of a zone."""
    return at.astimezone(zone(tz)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0) + timedelta(days=1)


def is_zone(name: str) -> bool:
    try:
        zone(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def first_failing(when: When, m: Moment) -> Leaf | None:
    """The first leaf that does not hold, or None when the condition holds."""
    shift = _shift(when, m.local, 0)
    return _first_failing(when, m, shift)


def _first_failing(when: When, m: Moment, shift: int) -> Leaf | None:
    for leaf in when.leaves:
        if not _holds(leaf, m, shift):
            return leaf
    return None


def _shift(when: When, local: datetime, inherited: int) -> int:
    """Days back to the business day: hours that cross midnight belong to the day on which they start."""
    for leaf in when.leaves:
        if isinstance(leaf, Hours):
            crosses = leaf.end <= leaf.start
            return 1 if crosses and local.hour * 60 + local.minute < leaf.end else 0
    return inherited


def _holds(leaf: Leaf, m: Moment, shift: int) -> bool:
    match leaf:
        case AnyOf(name, values):
            return _listed(name, values, m)
        case OrderNumber(least, most):
            number = m.customer.orders + 1
            return m.customer.id is not None and least <= number and (most is None or number <= most)
        case Weekday(days):
            return (m.local - timedelta(days=shift)).isoweekday() in days
        case DayOfMonth(days):
            return (m.local - timedelta(days=shift)).day in days
        case Hours(start, end):
            minute = m.local.hour * 60 + m.local.minute
            return start <= minute < end if start < end else minute >= start or minute < end
        case From(moment):
            return m.at >= moment
        case Until(moment):
            return m.at < moment
        case AtLeast("min_amount", scope, least):
            return sum(p.price * qty for p, qty in m.goods if scope.holds(p)) >= least
        case AtLeast(_, scope, least):
            return sum(qty for p, qty in m.goods if scope.holds(p)) >= least
        case DepositPaid(offer):
            return any(d.offer == offer and d.units > 0 for d in m.cart.deposits)
        case Any(parts):
            return any(_first_failing(p, m, _shift(p, m.local, shift)) is None for p in parts)
        case Not(part):
            return _first_failing(part, m, _shift(part, m.local, shift)) is not None


def _listed(name: str, values: frozenset[str], m: Moment) -> bool:
    match name:
        case "channel":
            return m.cart.channel in values
        case "store":
            return m.cart.store in values
        case "payment":
            return m.cart.payment in values
        case "delivery":
            return m.cart.delivery in values
        case "region":
            region = m.cart.region
            return region is not None and any(under(region, v) for v in values)
        case "level":
            return m.customer.level in values
        case "customer_id":
            return m.customer.id in values
        case "tag":
            return not values.isdisjoint(m.customer.tags)
        case _:
            return m.customer.id is not None and ("new" if m.customer.new else "returning") in values


def failing_name(leaf: Leaf, m: Moment) -> str:
    """The name that is reported: inside `any` the first leaf of its parts that fails, `not` as such."""
    if isinstance(leaf, Any):
        inner = [f for p in leaf.parts if (f := _first_failing(p, m, _shift(p, m.local, 0))) is not None]
        return failing_name(min(inner, key=lambda f: ORDER[f.leaf]), m) if inner else leaf.leaf
    return leaf.leaf


# --- when may it flip


def walk(when: When) -> Iterator[Leaf]:
    for leaf in when.leaves:
        yield leaf
        match leaf:
            case Any(parts):
                for part in parts:
                    yield from walk(part)
            case Not(part):
                yield from walk(part)


def flips(offers: Iterable[Offer], at: datetime, tz: str) -> datetime | None:
    """The first instant after `at` at which a time condition of these offers may change its answer."""
    clock = zone(tz)
    found: list[datetime] = []
    minutes: set[int] = set()
    for offer in offers:
        if offer.expires is not None:
            found.append(offer.expires)
        for leaf in walk(offer.when) if offer.when is not None else ():
            match leaf:
                case From(moment) | Until(moment):
                    found.append(moment)
                case Hours(start, end):
                    minutes |= {start, end}
                case Weekday() | DayOfMonth():
                    minutes.add(0)
    midnight = at.astimezone(clock).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    for minute in minutes:
        for days in (0, 1, 2):
            found.append(midnight + timedelta(days=days, minutes=minute))
    later = [m for m in found if m > at]
    return min(later, key=lambda m: m.astimezone(UTC)).astimezone(clock) if later else None


# --- reading


def read_when(reader: Reader) -> When:
    leaves = _read_leaves(reader)
    if not reader.data:
        reader.fault("", "must name at least one condition")
    reader.finish()
    return When(tuple(sorted(leaves, key=lambda leaf: ORDER[leaf.leaf])))


def _read_leaves(r: Reader) -> list[Leaf]:
    leaves: list[Leaf] = []
    for name in LISTS:
        if r.has(name):
            values = r.texts(name, empty=False)
            if name == "customer":
                for i, value in enumerate(values):
                    if value not in ("new", "returning"):
                        r.fault(f"{name}[{i}]", f"must be new or returning, not {value!r}")
            leaves.append(AnyOf(name, frozenset(values)))
    leaves.extend(_read_times(r))
    for name, field in (("min_amount", "fen"), ("min_count", "count")):
        inner = r.object(name)
        if inner is not None:
            leaves.append(AtLeast(name, scope_of(inner) or EVERYTHING, inner.number(field)))
            inner.finish()
    for part in r.objects("all", empty=False):
        leaves.extend(read_when(part).leaves)
    if r.has("any"):
        leaves.append(Any(tuple(read_when(part) for part in r.objects("any", empty=False))))
    negated = r.object("not")
    if negated is not None:
        leaves.append(Not(read_when(negated)))
    return leaves


def _read_times(r: Reader) -> Iterator[Leaf]:
    inner = r.object("order_number")
    if inner is not None:
        least, most = inner.number("min", 1, default=1), inner.maybe_number("max", 1)
        if most is not None and most < least:
            inner.fault("max", f"must be at least min, which is {least}")
        inner.finish()
        yield OrderNumber(least, most)
    if r.has("weekday"):
        days = [whole(value, 1, 7, path, r.problems) for path, value in r.items("weekday", empty=False)]
        yield Weekday(frozenset(d for d in days if d is not None))
    if r.has("day_of_month"):
        days = [whole(value, 1, 31, path, r.problems) for path, value in r.items("day_of_month", empty=False)]
        yield DayOfMonth(frozenset(d for d in days if d is not None))
    if r.has("hours"):
        yield _read_hours(r)
    start, end = r.time("from"), r.time("until")
    if start is not None:
        yield From(start)
    if end is not None:
        yield Until(end)
    if start is not None and end is not None and end <= start:
        r.fault("until", "must be after from")


def _read_hours(r: Reader) -> Hours:
    found: list[int] = []
    items = r.items("hours")
    for path, value in items:
        minute = _minute(value)
        if minute is None or (minute == DAY and len(found) == 0):
            r.problems.append(Problem(path, f"must be a time of day such as 18:00, not {value!r}"))
        else:
            found.append(minute)
    if len(items) != 2:
        r.fault("hours", "must be a start and an end")
    elif len(found) == 2 and found[0] == found[1]:
        r.fault("hours", "must not start and end at the same time")
    return Hours(found[0], found[1]) if len(found) == 2 else Hours(0, DAY)


def _minute(value: object) -> int | None:
    if not isinstance(value, str) or len(value) != 5 or value[2] != ":":
        return None
    hour, minute = value[:2], value[3:]
    if not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()):
        return None
    total = int(hour) * 60 + int(minute)
    return total if int(minute) < 60 and total <= DAY else None


def read_scope(r: Reader) -> Scope:
    """A scope whose own fields stand in the reader; other fields are left to the caller."""
    prices = r.maybe_number("min_price"), r.maybe_number("max_price")
    if prices[0] is not None and prices[1] is not None and prices[1] < prices[0]:
        r.fault("max_price", f"must be at least min_price, which is {prices[0]}")
    of = _read_selection(r)
    inner = r.object("except")
    exclude = None
    if inner is not None:
        exclude = _read_selection(inner)
        if exclude is None:
            inner.fault("", "must name something")
        inner.finish()
    return Scope(of or Selection(), exclude, *prices)


def _read_selection(r: Reader) -> Selection | None:
    named = [key for key in ("all", "skus", "categories", "brands", "tags") if r.has(key)]
    everything = r.flag("all")
    if "all" in named and not everything:
        r.fault("all", "must be true when it is given")
    if everything and len(named) > 1:
        r.fault("all", "stands alone; name either everything or some goods")
    categories = tuple(c.rstrip("/") for c in r.texts("categories", empty=False))
    found = Selection(
        everything,
        frozenset(r.texts("skus", empty=False)),
        categories,
        frozenset(r.texts("brands", empty=False)),
        frozenset(r.texts("tags", empty=False)),
    )
    return found if named else None


def scope_of(r: Reader, key: str = "scope") -> Scope | None:
    """The scope in a field; None when it is left out (which means everything). An empty one is a fault."""
    inner = r.object(key)
    if inner is None:
        return None
    scope = read_scope(inner)
    if isinstance(r.data[key], dict) and not any(
        k in inner.data for k in ("all", "skus", "categories", "brands", "tags")
    ):
        inner.fault("", "must name something: all, skus, categories, brands or tags")
    inner.finish()
    return scope
