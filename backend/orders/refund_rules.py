"""Pure: what one batch of a refund (退款) gives back, to whom, and why; nothing is read or written here.

The figures are `pricing.reverse`'s (docs/pricing.md, reverse flow); this adds what an order has beside its price: the
account that clawed-back benefits are taken from, coupons with their ends, counted uses, discounts by offer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from backend import pricing
from backend.orders.discounts_back_rules import borne_back, by_line, offs
from backend.orders.freed_rules import freed
from backend.orders.gift_rules import Charged, charged, charged_of
from backend.orders.rules import Problem, yuan

REFUND_DAYS = 365
"""WeChat Pay refunds within 365 days of the payment (connectors.md)."""
NO_REASON_DAYS = 7
"""七日无理由退货 (消费者权益保护法 art. 25): from the day on which the customer has the goods. A clerk decides in and after it."""
REASON_LENGTH = 100

Why = Literal["", "PART", "REACHED", "TOO_DEAR", "EXPIRED", "POLICY"]
RequestState = Literal["waiting", "done", "rejected", "withdrawn", "closed"]
Unit = Literal["points", "stamps", "balance", "red_packet", "coupon"]
TENDER_UNITS: tuple[Unit, ...] = ("points", "red_packet", "balance")


class NotReproducible(Exception):
    """The frozen quote no longer prices to its own figures (O1), so that nothing can be computed from it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it is stored. `spent` is (offer, points, count, fen): what of the clawed-back was already spent; `coupons` those
    that it gave back, with `everything` because nothing was kept; `charged` the gifts that it charged (not told of batches from
    before it was kept)."""

    at: datetime
    units: tuple[tuple[str, int], ...]
    spent: tuple[tuple[str, int, int, int], ...] = ()
    coupons: tuple[str, ...] = ()
    everything: bool = False
    charged: tuple[Charged, ...] = ()

    @staticmethod
    def of(row: Mapping[str, Any]) -> Batch:
        """A row of `refunds`; those from before red packets have no fen in `spent`."""
        return Batch(
            row["at"],
            tuple((sku, qty) for sku, qty in row["units"]),
            tuple((offer, points, count, fen[0] if fen else 0) for offer, points, count, *fen in row["spent"]),
            tuple(coupon for coupon, back, *_ in row["outcome"]["coupons"] if back),
            row["outcome"]["everything"],
            charged_of(row["outcome"]),
        )

    def as_return(self) -> pricing.Return:
        return pricing.Return(
            self.at,
            tuple(pricing.ReturnedUnits(sku, qty) for sku, qty in self.units),
            tuple(
                pricing.Spent(offer, points=points, fen=fen, count=count) for offer, points, count, fen in self.spent
            ),
            () if self.everything else self.coupons,
        )


@dataclass(frozen=True, slots=True)
class TenderBack:
    """What goes back to one account. `fen` and `amount` (in the account's own unit) are gross; `kept_*` is withheld of it."""

    unit: Unit
    fen: int
    amount: int
    kept_fen: int
    kept_amount: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the red packet (fen) or the coupons (units) that an order granted for one offer: what is `free` to be
    taken back, what was `spent` or is held for an order that waits; what has ended was neither. `ids` are the red packet, or
    the coupons that are free."""

    free: int
    spent: int
    ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class CouponBack:
    """A coupon of the order (its id in the quote). `ends` is its new end where it comes back. Why it does not: something is kept
    and the template asks for all of it (PART), what is kept still reaches its threshold (REACHED), its discount on what is kept is
    more than the batch gives (TOO_DEAR), it has ended, its template never gives it back."""

    id: str
    back: bool
    why: Why
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Clawed:
    """A benefit that these units had earned. Before completion it is merely not granted (`taken` and `spent` 0);
    after it `taken` leaves the account and `spent` was no longer there. Of red packets and coupons the rest has ended
    unspent, and nobody had it."""

    offer: str
    unit: Unit
    amount: int
    taken: int
    spent: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One batch, computed. Money in fen: `refund` is gross, `withheld` of it stays here, `cash` goes back by WeChat."""

    number: int
    at: datetime
    completed: bool
    units: tuple[tuple[str, int], ...]
    refund: int
    withheld: int
    cash: int
    cash_gross: int
    cash_left: int  # of what was paid in cash, what later batches may still give, before withholding
    shipping: int
    shipping_kept: int
    lines: tuple[tuple[str, int, int], ...]  # sku, units, fen
    tenders: tuple[TenderBack, ...]
    packets: tuple[tuple[str, int, int], ...]  # red packet, fen that go back to it, of that withheld
    family: tuple[tuple[str, int, int], ...]  # member, points of the tender that go back to them, of that withheld
    coupons: tuple[CouponBack, ...]
    coupon_fen: int  # what the batch gives back less, for coupons that come back while something is kept
    clawed: tuple[Clawed, ...]
    spent_fen: int
    gifts_fen: int
    charged: tuple[Charged, ...]  # gifts that stay and are charged: bought from now on
    owed: int
    everything: bool
    listed: int
    offs: tuple[tuple[str, str, int], ...]  # offer, level, fen of its discount that is taken back
    by_line: tuple[tuple[str, int, int, int, tuple[tuple[str, int], ...]], ...]  # see `by_line`
    borne: tuple[tuple[str, str, str, int], ...]  # see `borne_back`
    uses: tuple[tuple[str, int], ...]  # offer, uses given back
    gifts: tuple[tuple[str, int], ...]  # offer with a quota of gifts, pieces of it that come back
    brings: tuple[tuple[str, int], ...]  # offer of gifts or earnings with a budget, fen of it that it has again
    spent: tuple[tuple[str, int, int, int], ...]
    granted: Mapping[str, Kept]  # by offer, what became of red packets and coupons that the order granted

    @property
    def paid_out(self) -> int:
        """What the customer gets, in all forms."""
        return self.refund - self.withheld

    def mark(self, order_id: str) -> str:
        """Names what was seen: the same for the same figures, another for any other (see `quote_token` of a cart)."""
        seen = [
            order_id, self.number, self.completed, sorted(self.units), self.refund, self.withheld, self.cash,
            [[t.unit, t.amount, t.kept_amount] for t in self.tenders], self.packets, [[c.id, c.back] for c in self.coupons],
            [[c.offer, c.amount, c.spent] for c in self.clawed],
        ]  # fmt: skip
        return f"{self.paid_out}:{hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:24]}"


FROZEN = ("list", "goods", "shipping", "payable", "due", "lines", "offers", "gifts", "add_ons", "earn", "tenders")


def requoted(request: Mapping[str, Any], frozen: Mapping[str, Any], steps: int) -> pricing.Quote:
    """The order's quote, priced again from its frozen scenario. Raises `NotReproducible` when a figure differs.

    The combination that was promised is frozen with it (`taken`, `coupons_used`), so that nothing is searched and a better
    search of tomorrow changes nothing; orders from before it was are searched again in as many `steps`.
    """
    try:
        scenario = pricing.parse_scenario({**request, "explain": False, "suggest": False})
    except pricing.Malformed as error:
        raise NotReproducible(str(error)) from error
    found: pricing.Quote | None
    if "taken" in frozen:
        found = pricing.retrace(scenario.rules, scenario.request, frozen["taken"], frozen["coupons_used"])
        if found is None:
            raise NotReproducible("its rules do not allow it")
    else:
        found = pricing.quote(scenario.rules, scenario.request, steps)
    again = found.to_json()
    differs = [name for name in FROZEN if again[name] != frozen[name]]
    if differs:
        raise NotReproducible(f"differs in {', '.join(differs)}")
    return found


def check_reason(reason: str) -> list[Problem]:
    """A refund has a reason, in words."""
    if 1 <= len(reason.strip()) <= REASON_LENGTH:
        return []
    return [Problem("reason", f"请写明退款原因（1–{REASON_LENGTH} 个字）")]


def check_units(
    units: Sequence[tuple[str, int]],
    left: Mapping[str, int],
    charged: Mapping[str, int] | None = None,
    whose: str = "您",
) -> list[Problem]:
    """Faults of what somebody wants refunded; `left` says what can still come back, by SKU, `charged` how much (fen) gifts were
    charged that for this do not; `whose` they are, to who reads it."""
    problems = []
    if not units:
        problems.append(Problem("units", "请选择要退的商品"))
    asked: dict[str, int] = {}
    for n, (sku, qty) in enumerate(units):
        asked[sku] = asked.get(sku, 0) + qty
        if sku not in left:
            problems.append(Problem(f"units[{n}].sku", f"订单里没有 {sku}"))
        elif qty < 1:
            problems.append(Problem(f"units[{n}].qty", "数量须至少为 1"))
        elif asked[sku] > left[sku]:
            said = [f"{sku} 最多还能退 {left[sku]} 件"] if left[sku] or not (charged or {}).get(sku) else []
            if fen := (charged or {}).get(sku):
                said.append(f"赠品已按 {yuan(fen)} 从前次退款中扣除，现已归{whose}，不能再退")
            problems.append(Problem(f"units[{n}].qty", "；".join(said)))
    return problems


def left_of(quote: Mapping[str, Any], batches: Sequence[Batch]) -> dict[str, int]:
    """Units that can still come back by SKU: sold, added on and given, less those returned and the gifts that were charged."""
    bought, given = _by_sku(quote["lines"]), _by_sku(quote["gifts"])
    back, kept = dict[str, int](), dict[str, int]()
    for batch in batches:
        for sku, qty in batch.units:
            back[sku] = back.get(sku, 0) + qty
        for _, sku, qty, _ in batch.charged:
            kept[sku] = kept.get(sku, 0) + qty
    left = {}
    for sku in {**bought, **given}:
        paid, gone = bought.get(sku, 0), back.get(sku, 0)
        gifts = given.get(sku, 0) - max(0, gone - paid) - kept.get(sku, 0)
        left[sku] = max(0, paid - gone) + max(0, gifts)
    return left


def _by_sku(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row["sku"]] = found.get(row["sku"], 0) + row["qty"]
    return found


def charged_fen(batches: Sequence[Batch]) -> dict[str, int]:
    """By SKU, how much gifts of it were charged."""
    found: dict[str, int] = {}
    for _, sku, _, fen in (c for batch in batches for c in batch.charged):
        found[sku] = found.get(sku, 0) + fen
    return found


def merged(units: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Units by SKU, each SKU once, in order of SKU: so that one wish has one form."""
    total: dict[str, int] = {}
    for sku, qty in units:
        total[sku] = total.get(sku, 0) + qty
    return tuple(sorted(total.items()))


def plan(
    quoted: pricing.Quote,
    earlier: Sequence[Batch],
    units: Sequence[tuple[str, int]],
    at: datetime,
    *,
    completed: bool,
    free: Mapping[str, int],
    counted: Sequence[str],
    returned_before: Sequence[str] = (),
    coupon_rules: Mapping[str, tuple[str, int | None]] | None = None,
    granted: Mapping[str, Kept] | None = None,
    bearing: Mapping[str, Any] | None = None,
    lent: Sequence[tuple[str, int]] = (),
    earn_taken: Collection[str] = (),
) -> Plan:
    """What a further batch gives back. `free` is what the member's points and stamps accounts hold, `granted` what became of
    red packets and coupons that the order granted, by offer; `counted` the offers
    whose uses are counted; `returned_before` the coupons that came back from an order before: grace is given once.
    `coupon_rules` is what templates say of their coupons (Q08): (whole | below | never, own days of grace); `bearing` what the order
    keeps of who bears its discounts; `lent` are points of others of the family that did not come back yet; `earn_taken` the offers
    of whose limits and budgets the order took for what it earns.
    Raises `pricing.Malformed` when more is returned than is there."""
    units = merged(units)
    before = [batch.as_return() for batch in earlier]
    own = _Coupons(quoted, earlier, at, returned_before, coupon_rules or {})
    plain = pricing.reverse(quoted, [*before, Batch(at, units).as_return()])[-1]
    gone = pricing.let_go(quoted, [*before, Batch(at, units).as_return()], own.may_go())
    draft = pricing.reverse(quoted, [*before, Batch(at, units, (), gone.back).as_return()])[-1]
    clawed = _not_granted(draft.clawed_back)
    if completed:
        clawed = tuple(_clawed(draft.clawed_back, dict(free), granted or {}, _charged(earlier)))
    spent = tuple(_spent(c) for c in clawed if c.spent)
    batches = pricing.reverse(quoted, [*before, Batch(at, units, spent, gone.back).as_return()])
    now = batches[-1]
    assert now.clawed_back == draft.clawed_back, "what is clawed back does not depend on what of it was spent"
    owed_before = batches[-2].owed if earlier else 0
    raised = now.withheld + now.owed - owed_before  # what this batch adds to the customer's side
    spent_fen = _spent_fen(now.clawed_back, spent, quoted.request.policy)
    offset = quoted.request.policy.clawback == "offset"
    everything = _everything(quoted, batches)
    used_up = [*(batch.spent for batch in earlier), spent]
    again = freed(quoted, batches, [*(batch.units for batch in earlier), units], used_up, counted, earn_taken)
    tenders, packets, family, cash_gross, cash = _divided(now, lent)
    return Plan(
        number=len(earlier) + 1,
        at=at,
        completed=completed,
        units=units,
        refund=now.refund,
        withheld=now.withheld,
        cash=cash,
        cash_gross=cash_gross,
        cash_left=0 if everything else quoted.due - sum(_cash_of(batch) for batch in batches),
        shipping=now.shipping,
        shipping_kept=0 if quoted.request.policy.refund_shipping else quoted.shipping,
        lines=tuple((x.sku, x.qty, x.fen) for x in now.lines),
        tenders=tenders,
        packets=packets,
        family=family,
        coupons=tuple(own.told(everything, gone)),
        coupon_fen=plain.refund - now.refund,
        clawed=clawed,
        spent_fen=spent_fen if offset else 0,
        gifts_fen=raised - spent_fen if offset else 0,
        charged=charged(quoted, [*(batch.units for batch in earlier), units]),
        owed=now.owed,
        everything=everything,
        listed=sum(quoted.lines[x.place].list // quoted.lines[x.place].qty * x.qty for x in now.lines),
        offs=tuple(offs(quoted, batches)),
        by_line=tuple(by_line(quoted, batches)),
        borne=tuple(borne_back(quoted, batches, bearing)),
        uses=again.uses,
        gifts=again.gifts,
        brings=again.brings,
        spent=spent,
        granted=granted or {},
    )


def earned_so_far(quote: Mapping[str, Any], outcomes: Sequence[Mapping[str, Any]]) -> list[tuple[str, Unit, int]]:
    """(offer, unit, amount) that a completed order grants: what was promised less what refunds before it took back."""
    gone: dict[str, int] = {}
    for outcome in outcomes:
        for offer, _, amount, *_ in outcome["clawed"]:
            gone[offer] = gone.get(offer, 0) + amount
    found: list[tuple[str, Unit, int]] = []
    for earned in quote["earn"]:
        unit, amount = earned_unit(earned)
        left = amount - gone.get(earned["offer"], 0)
        assert left >= 0, "refunds take back at most what was earned"
        if left:
            found.append((earned["offer"], unit, left))
    return sorted(found, key=lambda e: (e[1], e[0]))  # points, red packets, stamps: the ledger's order of locks


def earned_unit(earned: Mapping[str, Any]) -> tuple[Unit, int]:
    """What an earning of a frozen quote is, and how much of it."""
    if earned.get("points"):
        return "points", earned["points"]
    if earned.get("fen"):
        return "red_packet", earned["fen"]
    return "coupon" if earned.get("template") else "stamps", earned["count"]


def money_kept(quote: Mapping[str, Any], outcomes: Sequence[Mapping[str, Any]]) -> int:
    """Money for goods in cash and balance that refunds left with the shop, fen: what growth value counts. Shipping, points and
    red packets are not in it."""
    money: int = quote["goods"] - sum(t["fen"] for t in quote["tenders"] if t["kind"] != "balance")
    for outcome in outcomes:
        elsewhere = sum(fen for unit, fen, *_ in outcome["tenders"] if unit != "balance")
        money -= outcome["refund"] - outcome["shipping"] - elsewhere
    return max(0, money)


def earned_key(order_id: object, offer: str) -> str:
    """The business key under which a completed order grants what an offer earns."""
    return f"earn:{order_id}:{offer}"


def earned_coupons(key: str, count: int) -> list[str]:
    """The business keys of the coupons that are granted under `key`, one each."""
    return [f"{key}:{n}" for n in range(count)]


def _charged(earlier: Sequence[Batch]) -> dict[str, int]:
    """By offer, what earlier batches have counted as spent."""
    charged: dict[str, int] = {}
    for batch in earlier:
        for offer, points, count, fen in batch.spent:
            charged[offer] = charged.get(offer, 0) + points + count + fen
    return charged


def _clawed(
    clawed: Sequence[pricing.Earning], free: dict[str, int], granted: Mapping[str, Kept], charged: Mapping[str, int]
) -> list[Clawed]:
    """Each taken from what the account still has, in order; red packets and coupons from what was granted itself. What of
    those has ended unspent is neither taken nor spent, and what a batch has charged is not charged again."""
    found = []
    for earning in clawed:
        unit, amount = earned_unit(earning.to_json())
        if unit in ("red_packet", "coupon"):
            kept = granted.get(earning.offer, Kept(0, 0))
            taken = min(amount, kept.free)
            spent = min(amount - taken, max(0, kept.spent - charged.get(earning.offer, 0)))
        else:
            taken = min(amount, max(0, free.get(unit, 0)))
            free[unit] = free.get(unit, 0) - taken
            spent = amount - taken
        found.append(Clawed(earning.offer, unit, amount, taken, spent))
    return found


def _not_granted(clawed: Sequence[pricing.Earning]) -> tuple[Clawed, ...]:
    return tuple(Clawed(e.offer, *earned_unit(e.to_json()), taken=0, spent=0) for e in clawed)


def _spent(c: Clawed) -> tuple[str, int, int, int]:
    """(offer, points, count, fen) of what was spent."""
    match c.unit:
        case "points":
            return c.offer, c.spent, 0, 0
        case "red_packet":
            return c.offer, 0, 0, c.spent
    return c.offer, 0, c.spent, 0


def _spent_fen(
    clawed: Sequence[pricing.Earning], spent: Sequence[tuple[str, int, int, int]], policy: pricing.Policy
) -> int:
    """The money that spent benefits are worth: points at the policy's rate, red packets at face, stamps and coupons at the
    value stated for them."""
    value = {e.offer: e.reward.value for e in clawed}
    return sum(p * 100 // policy.points_per_yuan_off + fen + n * value[offer] for offer, p, n, fen in spent)


Parts = tuple[tuple[str, int, int], ...]


def _divided(
    refund: pricing.Refund, lent: Sequence[tuple[str, int]]
) -> tuple[tuple[TenderBack, ...], Parts, Parts, int, int]:
    """(tenders, red packets, points of the family, cash before withholding, cash). What is withheld comes out of the
    customer's points first, then red packets, then cash, then balance: the customer keeps money before what only buys. Points
    of the family come back before one's own, and are withheld where there is nothing else."""
    back: dict[str, int] = {}
    points = 0
    for t in refund.tenders:
        back[t.kind] = back.get(t.kind, 0) + t.fen
        points += t.points or 0
    cash_gross = _cash_of(refund)
    theirs = _to_family(points, lent)
    own = points - sum(n for _, n in theirs)
    own_fen = back["points"] * own // points if points else 0
    left, kept = refund.withheld, dict[str, int]()
    for kind, there in (
        ("points", own_fen),
        ("red_packet", back.get("red_packet", 0)),
        ("cash", cash_gross),
        ("balance", back.get("balance", 0)),
        ("points", back.get("points", 0) - own_fen),
    ):
        part = min(left, there)
        kept[kind] = kept.get(kind, 0) + part
        left -= part
    assert left == 0, "no more is withheld than the batch gives"
    tenders = []
    for unit in (u for u in TENDER_UNITS if u in back):
        amount = points if unit == "points" else back[unit]
        tenders.append(TenderBack(unit, back[unit], amount, kept[unit], amount * kept[unit] // back[unit]))
    packets, keep = [], kept["red_packet"]
    for t in refund.tenders:
        if t.kind == "red_packet" and t.id is not None:
            packets.append((t.id, t.fen, min(keep, t.fen)))
            keep -= min(keep, t.fen)
    kept_points = next((t.kept_amount for t in tenders if t.unit == "points"), 0)
    family = _kept_of(theirs, max(0, kept_points - own))
    return tuple(tenders), tuple(packets), family, cash_gross, cash_gross - kept["cash"]


def _cash_of(refund: pricing.Refund) -> int:
    """What a batch gives back in cash before withholding, fen."""
    return refund.refund - sum(t.fen for t in refund.tenders)


def _to_family(points: int, lent: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """(member, points) of a batch's points that go back to others of the family."""
    found = []
    for member, there in lent:
        if part := min(points, there):
            found.append((member, part))
            points -= part
    return found


def _kept_of(theirs: Sequence[tuple[str, int]], kept: int) -> Parts:
    """What is withheld of the family's points, who was given back last first."""
    found = []
    for member, points in reversed(theirs):
        found.append((member, points, min(points, kept)))
        kept -= min(points, kept)
    return tuple(reversed(found))


def _everything(quoted: pricing.Quote, batches: Sequence[pricing.Refund]) -> bool:
    back = [0] * len(quoted.lines)
    for batch in batches:
        for x in batch.lines:
            back[x.place] += x.qty
    return all(n == line.qty for n, line in zip(back, quoted.lines, strict=True))


@dataclass(frozen=True, slots=True)
class _Coupons:
    """The coupons of an order at a batch; those that came back with earlier ones are no longer its own."""

    quoted: pricing.Quote
    earlier: Sequence[Batch]
    at: datetime
    returned_before: Sequence[str]
    rules: Mapping[str, tuple[str, int | None]]

    def _own(self) -> list[tuple[str, str, datetime | None]]:
        """(id, return policy, end with days of grace)."""
        gone = {coupon for batch in self.earlier for coupon in batch.coupons}
        found = []
        for coupon in self.quoted.considered:
            if coupon.id in self.quoted.coupons_used and coupon.id not in gone:
                policy, own = self.rules.get(coupon.id, ("whole", None))
                grace = self.quoted.request.policy.grace_days if own is None else own
                grace = 0 if coupon.id in self.returned_before else grace
                found.append((coupon.id, policy, coupon.expires + timedelta(days=grace) if coupon.expires else None))
        return found

    def may_go(self) -> list[str]:
        """Those that come back when what is kept no longer reaches their threshold."""
        return [id for id, policy, ends in self._own() if policy == "below" and (ends is None or ends > self.at)]

    def told(self, everything: bool, gone: pricing.LetGo) -> list[CouponBack]:
        found = []
        for id, policy, ends in self._own():
            why: Why = "" if ends is None or ends > self.at else "EXPIRED"
            if policy == "never":
                why = "POLICY"
            elif not everything and id not in gone.back:
                kept: Why = "TOO_DEAR" if id in gone.too_dear else "REACHED"
                why = "PART" if policy == "whole" or why == "EXPIRED" else kept
            found.append(CouponBack(id, why == "", why, ends))
        return found


def outcome(made: Plan) -> dict[str, Any]:
    """A plan as it is kept with its batch."""
    return {
        "refund": made.refund,
        "withheld": made.withheld,
        "cash": made.cash,
        "shipping": made.shipping,
        "owed": made.owed,
        "everything": made.everything,
        "completed": made.completed,
        "listed": made.listed,
        "lines": [list(x) for x in made.lines],
        "tenders": [[t.unit, t.fen, t.amount, t.kept_fen, t.kept_amount] for t in made.tenders],
        "packets": [list(x) for x in made.packets],
        **({"family": [list(x) for x in made.family]} if made.family else {}),
        "coupons": [[c.id, c.back, c.why] for c in made.coupons],
        "clawed": [[c.offer, c.unit, c.amount, c.taken, c.spent] for c in made.clawed],
        "offs": [list(x) for x in made.offs],
        "uses": [list(x) for x in made.uses],
        **({"gifts": [list(x) for x in made.gifts]} if made.gifts else {}),
        **({"charged": [list(x) for x in made.charged]} if made.charged else {}),
        **({"brings": [list(x) for x in made.brings]} if made.brings else {}),
    }


def payout_number(order_number: str, batch: int, *, deposit: bool = False) -> str:
    """out_refund_no of a batch: the order's number and the batch's, at most 64 of [0-9A-Za-z_-]; what goes to the payment of a
    pre-sale's deposit has one of its own."""
    return f"{order_number}R{batch:02d}{'P' if deposit else ''}"
