"""The reverse flow (逆向): what comes back for units that are returned, in any number of batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from backend.pricing.allocation import Run, split
from backend.pricing.earning import Counted, Reward, earnings
from backend.pricing.model import CartLine, Json, Malformed, Policy, Problem, Return, Spent
from backend.pricing.quote import Earning, Quote, TenderUsed, quote
from backend.pricing.rules import compile_rules


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    sku: str
    qty: int
    fen: int


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
    returned: dict[str, int]
    refunded: int = 0
    refunded_lines: dict[str, int] = field(default_factory=dict)
    pots: dict[str, _Pot] = field(default_factory=dict)
    given_back: list[int] = field(default_factory=list)
    owed: int = 0
    earned: tuple[Reward, ...] = ()


SHIPPING = ""


def reverse(quoted: Quote, returns: Sequence[Return], policy: Policy | None = None) -> list[Refund]:
    """What each batch gives back, in the order of the batches; earlier batches are part of the sequence.

    `policy` is that of the quote when left out. Raises Malformed when more is returned than was bought.
    """
    books = _Books(quoted, policy or quoted.request.policy, {line.sku: 0 for line in quoted.lines})
    books.refunded_lines = {line.sku: 0 for line in quoted.lines}
    books.pots = _pots(quoted, books.policy)
    books.given_back = [0] * len(quoted.tenders)
    books.earned = tuple(e.reward for e in quoted.earn)
    return [_batch(books, batch, i) for i, batch in enumerate(returns)]


def _pots(quoted: Quote, policy: Policy) -> dict[str, _Pot]:
    pots = {}
    for line in quoted.lines:
        shares = [t.by_line.get(line.sku, 0) for t in quoted.tenders]
        pots[line.sku] = _Pot([*shares, line.payable - sum(shares)])
    shares = [t.on_shipping for t in quoted.tenders]
    pots[SHIPPING] = _Pot([*shares, quoted.shipping - sum(shares)])
    return pots


def _batch(books: _Books, batch: Return, number: int) -> Refund:
    quoted, policy = books.quote, books.policy
    units = _returned_units(books, batch, number)
    before = dict(books.returned)
    for sku, qty in units.items():
        books.returned[sku] += qty
    everything = all(books.returned[line.sku] == line.qty for line in quoted.lines)
    reprice = policy.refund == "reprice"
    lines = _repriced(books, units, everything) if reprice else _allocated(books, units)
    shipping = quoted.shipping if everything and before != books.returned and policy.refund_shipping else 0
    refund = sum(x.fen for x in lines) + shipping
    by_tender = _divide(books, lines, shipping)
    books.refunded += refund
    clawed, withheld_value = _claw_back(books, batch)
    withheld = 0
    if policy.clawback == "offset":
        books.owed += withheld_value
        withheld = min(books.owed, refund)
        books.owed -= withheld
    back = tuple(
        c.id
        for c in quoted.considered
        if everything
        and c.id in quoted.coupons_used
        and (c.expires is None or batch.at < c.expires + timedelta(days=policy.grace_days))
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


def _returned_units(books: _Books, batch: Return, number: int) -> dict[str, int]:
    units: dict[str, int] = {}
    problems = []
    bought = {line.sku: line.qty for line in books.quote.lines}
    for i, unit in enumerate(batch.units):
        units[unit.sku] = units.get(unit.sku, 0) + unit.qty
        left = bought.get(unit.sku, 0) - books.returned.get(unit.sku, 0)
        if unit.qty < 1 or units[unit.sku] > left:
            problems.append(
                Problem(f"returns[{number}].units[{i}]", f"only {left} of {unit.sku} can still be returned")
            )
    if problems:
        raise Malformed(tuple(problems))
    return units


def _allocated(books: _Books, units: dict[str, int]) -> list[ReturnedLine]:
    """Customers get the line's average: ⌊paid · returned / units⌋ so far, less what was refunded before."""
    found = []
    for line in books.quote.lines:
        qty = units.get(line.sku, 0)
        if qty:
            upto = line.payable * books.returned[line.sku] // line.qty
            found.append(ReturnedLine(line.sku, qty, upto - books.refunded_lines[line.sku]))
            books.refunded_lines[line.sku] = upto
    return found


def _repriced(books: _Books, units: dict[str, int], everything: bool) -> list[ReturnedLine]:
    """What was paid less what the kept goods cost under the same rules; booked on the lines by list value."""
    quoted = books.quote
    kept_price = 0 if everything else _price_of_kept(books)
    fen = max(0, quoted.goods - kept_price - sum(books.refunded_lines.values()))
    returned = [line for line in quoted.lines if units.get(line.sku)]
    runs = [Run(k, 0, line.list // line.qty, units[line.sku]) for k, line in enumerate(returned)]
    parts = {s.line: 0 for s in runs}
    if sum(r.amount * r.n for r in runs) >= fen:
        for share in split(runs, fen, [0] * len(runs)):
            parts[share.line] += share.each * share.n
    if runs:
        parts[0] += fen - sum(parts.values())
    found = []
    for k, line in enumerate(returned):
        found.append(ReturnedLine(line.sku, units[line.sku], parts[k]))
        books.refunded_lines[line.sku] += parts[k]
    return found


def _price_of_kept(books: _Books) -> int:
    """The price of what is kept: same rules, moment and limits, at most the coupons used, no shipping."""
    quoted = books.quote
    req = quoted.request
    used = tuple(c for c in quoted.considered if c.id in quoted.coupons_used)
    rules = compile_rules(o for o in quoted.considered if not o.is_coupon)
    lines = tuple(CartLine(x.sku, x.qty - books.returned[x.sku]) for x in quoted.lines if x.qty > books.returned[x.sku])
    cart = replace(req.cart, lines=lines, shipping=0, coupons=None, tenders=type(req.cart.tenders)())
    policy = replace(req.policy, min_coupon_gain=0)
    kept = replace(req, cart=cart, coupons=used, policy=policy, explain=False, suggest=False)
    return quote(rules, kept).goods


def _divide(books: _Books, lines: list[ReturnedLine], shipping: int) -> list[int]:
    """How much of the refund goes back to each tender; what is left over is cash."""
    total = [0] * len(books.quote.tenders)
    if not total:
        return total
    if books.policy.refund == "reprice":
        pots = list(books.pots.values())
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
    for sku, fen in [*((x.sku, x.fen) for x in lines), (SHIPPING, shipping)]:
        pot = books.pots[sku]
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
    paid = {}
    for line in quoted.lines:
        net = line.payable - sum(t.by_line.get(line.sku, 0) for t in quoted.tenders if t.kind != "balance")
        paid[line.sku] = net - net * books.returned[line.sku] // line.qty
    counted = [Counted(e.rule, sum(paid[sku] for sku in e.skus), e.cap) for e in quoted.earn]
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


def _spent_worth(policy: Policy, gone: Reward, spent: list[Spent]) -> int:
    """The money of what cannot be taken back: points at the policy's rate, others at face or value."""
    points = min(gone.points, sum(s.points for s in spent))
    fen = min(gone.fen, sum(s.fen for s in spent))
    count = min(gone.count, sum(s.count for s in spent))
    return points * 100 // policy.points_per_yuan_off + fen + count * gone.value
