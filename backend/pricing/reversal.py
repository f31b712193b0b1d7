"""The reverse flow (逆向): what comes back for units that are returned, in any number of batches."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from backend.pricing.allocation import Run, split
from backend.pricing.earning import Counted, Reward, earnings
from backend.pricing.model import (
    AddOnChosen,
    CartLine,
    Json,
    Malformed,
    Offer,
    Policy,
    Problem,
    Return,
    Spent,
    TendersAsked,
)
from backend.pricing.quote import Earning, Quote, TenderUsed, quote
from backend.pricing.rules import compile_rules


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """Units of one line (`place` in the quote) with what they give back."""

    sku: str
    qty: int
    fen: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class Refund:
    """One batch. `refund` is gross; what of it is not in `tenders` is cash; the customer sees `paid_out`."""

    refund: int
    withheld: int
    paid_out: int
    tenders: tuple[TenderUsed, ...]
    coupons_returned: tuple[str, ...]
    clawed_back: tuple[Earning, ...]
    lines: tuple[ReturnedLine, ...] = ()
    shipping: int = 0
    owed: int = 0

    def to_json(self) -> Json:
        return {
            "refund": self.refund,
            "withheld": self.withheld,
            "paid_out": self.paid_out,
            "tenders": [t.to_json() for t in self.tenders],
            "coupons_returned": list(self.coupons_returned),
            "clawed_back": [e.to_json() for e in self.clawed_back],
            "lines": [{"sku": x.sku, "qty": x.qty, "fen": x.fen} for x in self.lines],
            "shipping": self.shipping,
        }


@dataclass
class _Pot:
    """What is left to give back of one line, of shipping, or of a whole order: by tender, cash last."""

    left: list[int]


@dataclass
class _Books:
    """Where a sequence of returns stands."""

    quote: Quote
    policy: Policy
    returned: list[int]
    refunded_lines: list[int]
    gifts_back: list[int]
    gifts_charged: list[bool]
    gifts_met: dict[str, int] = field(default_factory=dict)
    """By SKU, pieces that came back and made up for a gift that was lost: for another they do not count again."""
    refunded: int = 0
    pots: list[_Pot] = field(default_factory=list)
    given_back: list[int] = field(default_factory=list)
    owed: int = 0
    earned: tuple[Reward, ...] = ()
    gone: set[str] = field(default_factory=set)
    """Coupons that came back while something was kept."""

    @property
    def whole(self) -> bool:
        """Whether a batch gives back what was paid less what is kept is worth, and not units at their average."""
        return self.policy.refund == "reprice" or bool(self.gone)


def reverse(quoted: Quote, returns: Sequence[Return], policy: Policy | None = None) -> list[Refund]:
    """What each batch gives back, in the order of the batches; earlier batches are part of the sequence.

    `policy` is that of the quote when left out. Raises Malformed when more is returned than was bought.
    """
    return _reversed(quoted, returns, policy)[1]


class LetGo(NamedTuple):
    """Of some coupons those that come back though something is kept, and those that what is kept no longer reaches and that would
    cost more than the batch gives back."""

    back: tuple[str, ...]
    too_dear: tuple[str, ...]


def let_go(quoted: Quote, returns: Sequence[Return], coupons: Collection[str], policy: Policy | None = None) -> LetGo:
    """Which of these coupons the last batch can give back, as the order has no more use of them: what is kept, at line averages,
    no longer reaches their threshold (`allocated`), or is priced best without them (`reprice`). What is kept loses its share of
    their discount: the batch gives back so much less, so that once all is returned all is paid back, and a coupon that the batch
    cannot pay for stays used. None where everything is returned: then they come back anyway."""
    *before, last = returns
    books, _ = _reversed(quoted, returns, policy)
    back, dear = list[str](), list[str]()
    if _everything(books):
        return LetGo((), ())
    for coupon in sorted((c for c in quoted.considered if c.id in coupons), key=lambda c: c.id):
        shared = any(o.id == coupon.id for line in quoted.lines for o in line.offers)
        if coupon.id in books.gone or not shared or _reaches(books, coupon):
            continue
        tried, _ = _reversed(quoted, [*before, replace(last, coupons_back=(*back, coupon.id))], policy)
        if sum(tried.refunded_lines) + _worth_of_kept(tried) <= quoted.goods:
            back.append(coupon.id)
            books = tried
        else:
            dear.append(coupon.id)
    return LetGo(tuple(back), tuple(dear))


def _everything(books: _Books) -> bool:
    return all(back == line.qty for back, line in zip(books.returned, books.quote.lines, strict=True))


def _reaches(books: _Books, coupon: Offer) -> bool:
    """Whether what is kept still has use of the coupon, by the goods that counted at the till. A kind that cannot be judged is
    said to: its coupon stays used and nothing is withheld."""
    quoted = books.quote
    if books.policy.refund == "reprice":
        return coupon.id in _quote_of_kept(books)[0].coupons_used
    if coupon.id not in quoted.weighed:
        return True
    effect, places = quoted.weighed[coupon.id]
    kept = {k: quoted.lines[k].qty - books.returned[k] for k in places}
    [(kind, content)] = json.loads(coupon.source)["content"].items()
    least: int = content.get("min", 0)
    match kind:
        case "off" | "percent":
            return _before(books, coupon, places) >= max(1, least)
        case "exchange" | "trial":
            own = next(k for k in places if quoted.lines[k].sku == content["sku"])
            others = _before(books, coupon, [k for k in places if k != own])
            return kept[own] > 0 and others >= least
        case "bundle":
            listed = [Run(k, 0, quoted.lines[k].list // quoted.lines[k].qty, n) for k, n in kept.items() if n]
            return effect.plan(listed, None) is not None
    return True


def _before(books: _Books, coupon: Offer, places: Collection[int]) -> int:
    """What is kept of some lines came to, on average, before this coupon and those that apply after it."""
    quoted, base = books.quote, 0
    order = {c.id: (c.priority, c.id) for c in quoted.considered if c.is_coupon}
    for k in places:
        line = quoted.lines[k]
        amount = line.payable + sum(o.off for o in line.offers if o.id in order and order[o.id] >= order[coupon.id])
        base += amount - amount * books.returned[k] // line.qty
    return base


def _reversed(quoted: Quote, returns: Sequence[Return], policy: Policy | None) -> tuple[_Books, list[Refund]]:
    size, gifts = len(quoted.lines), len(quoted.gifts)
    books = _Books(quoted, policy or quoted.request.policy, [0] * size, [0] * size, [0] * gifts, [False] * gifts)
    books.pots = _pots(quoted)
    books.given_back = [0] * len(quoted.tenders)
    books.earned = tuple(e.reward for e in quoted.earn)
    return books, [_batch(books, batch, i) for i, batch in enumerate(returns)]


def _pots(quoted: Quote) -> list[_Pot]:
    """One for each line, in their order, and one for shipping behind them."""
    pots = []
    for k, line in enumerate(quoted.lines):
        shares = [t.by_line.get(k, 0) for t in quoted.tenders]
        pots.append(_Pot([*shares, line.payable - sum(shares)]))
    shares = [t.on_shipping for t in quoted.tenders]
    pots.append(_Pot([*shares, quoted.shipping - sum(shares)]))
    return pots


def _batch(books: _Books, batch: Return, number: int) -> Refund:
    quoted, policy = books.quote, books.policy
    units = _returned_units(books, batch, number)
    for k, qty in units.items():
        books.returned[k] += qty
    everything = _everything(books)
    books.gone.update(batch.coupons_back)
    lines = _repriced(books, units, everything) if books.whole else _allocated(books, units)
    shipping = quoted.shipping if everything and units and policy.refund_shipping else 0
    refund = sum(x.fen for x in lines) + shipping
    by_tender = _divide(books, lines, shipping)
    books.refunded += refund
    clawed, withheld_value = _claw_back(books, batch)
    withheld_value += _gifts_lost(books)
    withheld = 0
    if policy.clawback == "offset":
        books.owed += withheld_value
        withheld = min(books.owed, refund)
        books.owed -= withheld
    back = tuple(
        c.id
        for c in quoted.considered
        if c.id in batch.coupons_back
        or (
            everything
            and c.id in quoted.coupons_used
            and c.id not in books.gone
            and (c.expires is None or batch.at < c.expires + timedelta(days=policy.grace_days))
        )
    )
    assert 0 <= withheld <= refund and books.refunded <= quoted.payable
    return Refund(
        refund,
        withheld,
        refund - withheld,
        _tenders_back(books, by_tender),
        back,
        clawed,
        tuple(lines),
        shipping,
        books.owed,
    )


def _returned_units(books: _Books, batch: Return, number: int) -> dict[int, int]:
    """Returned units by place of their line: the cart's line of a SKU first, then add-ons, then gifts."""
    units: dict[int, int] = {}
    problems = []
    for i, unit in enumerate(batch.units):
        left = unit.qty
        for k, line in enumerate(books.quote.lines):
            if line.sku == unit.sku and left > 0:
                n = min(left, line.qty - books.returned[k] - units.get(k, 0))
                if n:
                    units[k] = units.get(k, 0) + n
                    left -= n
        for k, gift in enumerate(books.quote.gifts):
            if gift.sku == unit.sku and left > 0:
                n = min(left, gift.qty - books.gifts_back[k])
                books.gifts_back[k] += n
                left -= n
        if unit.qty < 1 or left:
            there = max(0, unit.qty - left)
            problems.append(Problem(f"returns[{number}].units[{i}]", f"only {there} of {unit.sku} can be returned"))
    if problems:
        raise Malformed(tuple(problems))
    return units


def _allocated(books: _Books, units: dict[int, int]) -> list[ReturnedLine]:
    """Customers get the line's average: ⌊paid · returned / units⌋ so far, less what was refunded before."""
    found = []
    for k, qty in sorted(units.items()):
        line = books.quote.lines[k]
        upto = line.payable * books.returned[k] // line.qty
        found.append(ReturnedLine(line.sku, qty, upto - books.refunded_lines[k], k))
        books.refunded_lines[k] = upto
    return found


def _repriced(books: _Books, units: dict[int, int], everything: bool) -> list[ReturnedLine]:
    """What was paid less what the kept goods cost; booked on the lines by list value."""
    quoted = books.quote
    kept_price = 0 if everything else _worth_of_kept(books)
    fen = max(0, quoted.goods - kept_price - sum(books.refunded_lines))
    places = sorted(units)
    runs = [Run(k, 0, quoted.lines[k].list // quoted.lines[k].qty, units[k]) for k in places]
    parts = dict.fromkeys(places, 0)
    if sum(run.amount * run.n for run in runs) >= fen:
        for share in split(runs, fen, [0] * len(quoted.lines)):
            parts[share.line] += share.each * share.n
    if places:
        parts[places[0]] += fen - sum(parts.values())
    for k in places:
        books.refunded_lines[k] += parts[k]
    return [ReturnedLine(quoted.lines[k].sku, units[k], parts[k], k) for k in places]


def _worth_of_kept(books: _Books) -> int:
    """What the goods that are kept cost: priced again (`reprice`), or at what was paid for them on average, with their share of
    the discounts of coupons that have come back."""
    if books.policy.refund == "reprice":
        found, lost = _quote_of_kept(books)
        return found.goods + lost
    worth = 0
    for line, back in zip(books.quote.lines, books.returned, strict=True):
        for fen in (line.payable, *(o.off for o in line.offers if o.id in books.gone)):
            worth += fen - fen * back // line.qty
    return worth


def _quote_of_kept(books: _Books) -> tuple[Quote, int]:
    """The price of what is kept: same rules, moment and limits, at most the coupons used and not given back, no shipping; and the
    list price of add-ons that are lost."""
    quoted = books.quote
    req = quoted.request
    used = tuple(c for c in quoted.considered if c.id in quoted.coupons_used and c.id not in books.gone)
    rules = compile_rules(o for o in quoted.considered if not o.is_coupon)
    kept = [line.qty - back for line, back in zip(quoted.lines, books.returned, strict=True)]
    own = len(quoted.lines) - len(quoted.add_ons)
    lines = tuple(CartLine(x.sku, n) for x, n in zip(quoted.lines[:own], kept[:own], strict=True) if n)
    added = tuple(AddOnChosen(a.offer, a.sku, n) for a, n in zip(quoted.add_ons, kept[own:], strict=True) if n)
    cart = replace(req.cart, lines=lines, add_ons=added, shipping=0, coupons=None, tenders=TendersAsked())
    policy = replace(req.policy, min_coupon_gain=0)
    found = quote(rules, replace(req, cart=cart, coupons=used, policy=policy, explain=False, suggest=False))
    had = {(a.offer, a.sku) for a in found.add_ons}
    lost = sum(req.catalog[a.sku].price * a.qty for a in added if (a.offer, a.sku) not in had)
    return found, lost


def _divide(books: _Books, lines: list[ReturnedLine], shipping: int) -> list[int]:
    """How much of the refund goes back to each tender; what is left over is cash."""
    total = [0] * len(books.quote.tenders)
    if not total:
        return total
    if books.whole:
        pots = books.pots
        whole = [sum(p.left[k] for p in pots) for k in range(len(total) + 1)]
        wanted = sum(x.fen for x in lines) + shipping
        for k, fen in enumerate(_shares(whole, wanted)):
            if k < len(total):
                total[k] += fen
            rest = fen
            for pot in pots:
                taken = min(rest, pot.left[k])
                pot.left[k] -= taken
                rest -= taken
        return total
    for place, fen in [*((x.place, x.fen) for x in lines), (-1, shipping)]:
        pot = books.pots[place]
        for k, part in enumerate(_shares(pot.left, fen)):
            pot.left[k] -= part
            if k < len(total):
                total[k] += part
    return total


def _shares(left: list[int], fen: int) -> list[int]:
    """Divide by largest remainder over what is left of each."""
    found = [0] * len(left)
    for share in split([Run(k, 0, amount, 1) for k, amount in enumerate(left) if amount], fen, [0] * len(left)):
        found[share.line] += share.each
    return found


def _tenders_back(books: _Books, by_tender: list[int]) -> tuple[TenderUsed, ...]:
    """Points come back in whole: so many of those used as of their money, counted over all batches."""
    found = []
    for k, (tender, fen) in enumerate(zip(books.quote.tenders, by_tender, strict=True)):
        if not fen:
            continue
        points = None
        if tender.points is not None:
            points = tender.points * (books.given_back[k] + fen) // tender.fen
            points -= tender.points * books.given_back[k] // tender.fen
        books.given_back[k] += fen
        found.append(TenderUsed(tender.kind, fen, tender.id, points))
    return tuple(found)


def _claw_back(books: _Books, batch: Return) -> tuple[tuple[Earning, ...], int]:
    """What was earned on the units that went back, and the money that already spent part of it is worth."""
    quoted = books.quote
    if not quoted.earn:
        return (), 0
    paid = []
    for k, line in enumerate(quoted.lines):
        net = line.payable - sum(t.by_line.get(k, 0) for t in quoted.tenders if t.kind != "balance")
        paid.append(net - net * books.returned[k] // line.qty)
    counted = [Counted(e.rule, sum(paid[k] for k in e.places), e.cap) for e in quoted.earn]
    now = {found.rule.id: found for found in earnings(counted)}
    clawed, worth, after = [], 0, []
    for earning, before in zip(quoted.earn, books.earned, strict=True):
        left = now.get(earning.offer)
        reward = left.reward if left is not None else before.less(before)
        gone = before.less(reward)
        after.append(reward)
        if gone:
            clawed.append(replace(earning, reward=gone))
            worth += _spent_worth(books.policy, gone, [s for s in batch.spent if s.offer == earning.offer])
    books.earned = tuple(after)
    return tuple(clawed), worth


def _gifts_lost(books: _Books) -> int:
    """List price of gifts whose tier the kept units no longer reach and that did not come back; once each. Of several gifts of one
    SKU what came back makes up for those that are lost, whichever they were: who keeps no more than they still have a right to is
    charged nothing."""
    total = 0
    kept: dict[str, int] = {}
    for line, back in zip(books.quote.lines, books.returned, strict=True):
        kept.setdefault(line.sku, line.qty - back)
    for k, gift in enumerate(books.quote.gifts):
        if gift.by == "fen":
            reached = sum(left - left * (qty - kept[sku]) // qty for sku, left, qty in gift.left)
        else:
            reached = sum(kept[sku] for sku, _, _ in gift.left)
        if reached < gift.least and not books.gifts_charged[k]:
            books.gifts_charged[k] = True
            made_up = min(gift.qty, _gifts_back(books, gift.sku) - books.gifts_met.get(gift.sku, 0))
            books.gifts_met[gift.sku] = books.gifts_met.get(gift.sku, 0) + made_up
            total += gift.list // gift.qty * (gift.qty - made_up)
    return total


def _gifts_back(books: _Books, sku: str) -> int:
    """Pieces of an article that came back as gifts, of whichever offers."""
    return sum(n for n, gift in zip(books.gifts_back, books.quote.gifts, strict=True) if gift.sku == sku)


def _spent_worth(policy: Policy, gone: Reward, spent: list[Spent]) -> int:
    """The money of what cannot be taken back: points at the policy's rate, others at face or value."""
    points = min(gone.points, sum(s.points for s in spent))
    fen = min(gone.fen, sum(s.fen for s in spent))
    count = min(gone.count, sum(s.count for s in spent))
    return points * 100 // policy.points_per_yuan_off + fen + count * gone.value
