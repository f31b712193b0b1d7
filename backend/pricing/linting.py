"""Rules that are well-formed and yet cannot be what was meant. Every finding is either read off the rule or found by
pricing carts made for it; docs/rules-as-files.md says what each kind means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from backend.pricing.conditions import (
    AnyOf,
    AtLeast,
    DayOfMonth,
    From,
    Hours,
    Moment,
    Not,
    Until,
    Weekday,
    When,
    first_failing,
    flips,
    zone,
)
from backend.pricing.model import (
    MAX_QTY,
    AddOnChosen,
    Cart,
    CartLine,
    Customer,
    Offer,
    Product,
    QuoteRequest,
    Scope,
    under,
)
from backend.pricing.offers.base import part_off, yuan
from backend.pricing.offers.buy_get import BuyGet
from backend.pricing.offers.pick_bundle import PickBundle
from backend.pricing.offers.spend_gift import SpendGift, Tier
from backend.pricing.offers.spend_off import SpendOff
from backend.pricing.offers.spend_percent import SpendPercent
from backend.pricing.parse import GROUPS
from backend.pricing.quote import Quote, quote
from backend.pricing.rules import RuleSet, compile_rules
from backend.pricing.sentences import rejection_sentence

MOST_GOODS = 20
PROBE_STEPS = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that cannot be meant, of one offer or coupon, in both languages."""

    id: str
    kind: str
    zh: str
    en: str


def lint(rules: RuleSet, shop: QuoteRequest) -> list[Finding]:
    """Every finding about the rules and the coupons of the shop, seen at its moment, under its policy, stock and budget.

    The cart of the request does not matter. Findings come by offer, in the order of the ids.
    """
    every = sorted((*rules.offers, *shop.coupons), key=lambda o: o.id)
    found: list[Finding] = []
    for offer in every:
        seen = _Seen(offer, every, shop)
        first = next(seen.never_live(), None)
        found.extend(seen.words())
        found.extend(seen.tiers())
        found.extend(seen.limits())
        if first is not None:
            found.append(first)
            continue
        never = seen.never_applies()
        found.extend([never] if never is not None else seen.crowded_out())
    return found


class _Seen:
    """One offer among the others, and the articles in its scope."""

    def __init__(self, offer: Offer, every: list[Offer], shop: QuoteRequest) -> None:
        self.offer = offer
        self.every = every
        self.shop = shop

    def say(self, kind: str, zh: str, en: str) -> Finding:
        return Finding(self.offer.id, kind, zh, en)

    @cached_property
    def goods(self) -> list[Product]:
        """The articles in its scope, the most to take off first."""
        own = [p for p in self.shop.catalog.values() if self.offer.scope.holds(p)]
        return sorted(own, key=lambda p: (p.floor - p.price, p.sku))

    # --- when

    def never_live(self) -> Iterator[Finding]:
        """It is over, holds no goods, or its conditions contradict each other."""
        offer, at = self.offer, self.shop.at
        if self.shop.catalog and not self.goods:
            yield self.say("no_goods", "范围内没有商品", "its scope holds no article of the catalogue")
        leaves = offer.when.leaves if offer.when is not None else ()
        ends = [leaf.moment for leaf in leaves if isinstance(leaf, Until)]
        if offer.expires is not None:
            ends.append(offer.expires)
        if ends and min(ends) <= at:
            yield self.say("over", f"已于 {min(ends).isoformat()} 结束", f"it ended at {min(ends).isoformat()}")
            return
        clash = next(_contradictions(leaves, self.shop.catalog.values()), None)
        if clash is not None:
            yield self.say("never_holds", f"条件 {clash} 不可能满足", f"its conditions on {clash} can never hold")
        elif not self._some_time(leaves):
            yield self.say("never_holds", "没有任何时刻同时满足时间条件", "no moment meets all its time conditions")

    def _some_time(self, leaves: tuple[object, ...]) -> bool:
        """Whether any moment from now on meets the time conditions: hours and weekdays come again after a week, a day of the
        month on each weekday (with hours of it) within three years."""
        timed = tuple(leaf for leaf in leaves if isinstance(leaf, (From, Until, Weekday, DayOfMonth, Hours)))
        if not timed:
            return True
        only = replace(self.offer, when=When(timed))
        tz = self.shop.policy.tz
        at: datetime | None = max([self.shop.at, *(leaf.moment for leaf in timed if isinstance(leaf, From))])
        assert at is not None
        last = at + timedelta(days=1_100 if any(isinstance(leaf, DayOfMonth) for leaf in timed) else 9)
        while at is not None and at <= last:
            if first_failing(When(timed), Moment(at, at.astimezone(zone(tz)), Cart(), Customer(), ())) is None:
                return True
            at = flips((only,), at, tz)
        return False

    # --- words

    def words(self) -> Iterator[Finding]:
        """Names that mean nothing: groups, excludes, fields without an effect on this type."""
        offer = self.offer
        others = [o for o in self.every if o is not offer]
        if offer.group not in GROUPS and offer.group and not any(o.group == offer.group for o in others):
            yield self.say(
                "lonely_group",
                f"分组 {offer.group} 只有它自己：它与一切叠加，分组名可能写错",
                f"nobody else is in the group {offer.group}: it stacks with everything",
            )
        known = set(GROUPS) | {x for o in self.every for x in (o.id, o.group, o.template) if x}
        for name in sorted(offer.excludes - known):
            yield self.say(
                "excludes_nothing",
                f"excludes 里的 {name} 不是任何优惠、券模板或分组",
                f"excludes {name}, which no offer, coupon template or group is called",
            )
        if offer.id in offer.excludes:
            yield self.say("excludes_itself", "excludes 里写了它自己", "excludes itself")
        for field in self._idle_fields():
            yield self.say("means_nothing", f"{field} 对这类优惠不起作用", f"{field} has no effect on this type")

    def _idle_fields(self) -> Iterator[str]:
        offer = self.offer
        if offer.mandatory and offer.level != "LINE":
            yield "mandatory"
        if offer.exclusive and offer.level == "EARN":
            yield "exclusive"
        if offer.exclusive == "line" and offer.level == "SHIPPING":
            yield "exclusive"
        if offer.no_tender and offer.level in ("SHIPPING", "EARN"):
            yield "no_tender"

    # --- tiers

    def tiers(self) -> Iterator[Finding]:
        """Tiers that no cart can reach, or that give no more than the one before."""
        effect = self.offer.effect
        if isinstance(effect, SpendOff):
            steps = [("fen", m, n) for n, (m, _) in enumerate(effect.tiers)]
            yield from self._free(effect)
            yield from self._over_budget(effect)
            if effect.every is not None and effect.max_off is not None and effect.max_off < effect.every[1]:
                yield self.say(
                    "cap_below_step",
                    f"最多减{yuan(effect.max_off)}，不到一次的{yuan(effect.every[1])}",
                    f"max_off ¥{yuan(effect.max_off)} is below one step, ¥{yuan(effect.every[1])}",
                )
        elif isinstance(effect, SpendPercent):
            steps = [(effect.by, m, n) for n, (m, _) in enumerate(effect.tiers)]
            yield from self._capped(effect)
        elif isinstance(effect, SpendGift):
            steps = [(effect.by, tier.least, n) for n, tier in enumerate(effect.tiers)]
            yield from self._poor_gifts(effect)
        else:
            need = effect.need()
            steps = [(need.by, need.least, 0)] if effect.threshold else []
        for by, least, n in steps:
            reach = self._reach(by)
            if self.goods and least > reach:
                zh, en = (f"{yuan(reach)}元", f"¥{yuan(reach)}") if by == "fen" else (f"{reach}件", f"{reach} units")
                yield self.say(
                    "tier_out_of_reach",
                    f"第{n + 1}档够不到：购物车最多 {zh}",
                    f"tier {n + 1} is out of reach: a cart has at most {en}",
                )

    def _reach(self, by: str) -> int:
        """No cart that its conditions let in has more in its scope: fen at list prices, or units."""
        most = sum((p.price if by == "fen" else 1) * MAX_QTY for p in self.goods)
        for leaf in self.offer.when.leaves if self.offer.when is not None else ():
            match leaf:
                case Not(When((AtLeast(name, scope, least),))) if (name == "min_amount") == (by == "fen"):
                    if all(scope.holds(p) for p in self.goods):
                        most = min(most, max(0, least - 1))
        return most

    def _free(self, effect: SpendOff) -> Iterator[Finding]:
        for n, (least, off) in enumerate(effect.tiers):
            if least and off >= least:
                yield self.say(
                    "gives_all",
                    f"第{n + 1}档减的不比门槛少：白送",
                    f"tier {n + 1} takes off as much as its threshold: the goods are free",
                )

    def _over_budget(self, effect: SpendOff) -> Iterator[Finding]:
        budget = self.shop.budget.get(self.offer.id)
        for n, (_, off) in enumerate(effect.tiers):
            if budget is not None and off > budget:
                yield self.say(
                    "tier_over_budget",
                    f"第{n + 1}档减{yuan(off)}，预算只剩{yuan(budget)}",
                    f"tier {n + 1} gives ¥{yuan(off)}, the budget has ¥{yuan(budget)} left",
                )

    def _capped(self, effect: SpendPercent) -> Iterator[Finding]:
        """A tier is worthless when the tier before it already gives `max_off` at the threshold of this one."""
        cheapest = min((p.price for p in self.goods), default=0)
        if effect.max_off is None:
            return
        for n in range(1, len(effect.tiers)):
            least, before = effect.tiers[n][0], effect.tiers[n - 1][1]
            base = least if effect.by == "fen" else least * cheapest
            if part_off(base, before) >= effect.max_off:
                yield self.say(
                    "tier_not_better",
                    f"第{n + 1}档不比前一档多减：前一档到这里已减满{yuan(effect.max_off)}",
                    f"tier {n + 1} gives no more than the one before, which reaches max_off there",
                )

    def _poor_gifts(self, effect: SpendGift) -> Iterator[Finding]:
        """A tier whose gifts are worth no more is not better: leaving a line out brings the lower tier instead."""
        stock = self.shop.gift_stock
        for n, tier in enumerate(effect.tiers):
            if all(stock.get(sku, 1) <= 0 for sku, _ in tier.gifts):
                yield self.say(
                    "tier_no_stock", f"第{n + 1}档的赠品没有库存", f"nothing is left of the gifts of tier {n + 1}"
                )
            elif n and self._worth(tier) <= self._worth(effect.tiers[n - 1]):
                yield self.say(
                    "tier_not_better",
                    f"第{n + 1}档的赠品不比前一档值钱",
                    f"the gifts of tier {n + 1} are worth no more than those of the tier before",
                )

    def _worth(self, tier: Tier) -> int:
        """List value of what a customer without a wish is given: the dearest by unit price."""
        catalog = self.shop.catalog
        priced = [(p.price, qty) for sku, qty in tier.gifts if (p := catalog.get(sku)) is not None]
        return sum(price * qty for price, qty in sorted(priced, reverse=True)[: tier.choose])

    # --- limits and policy

    def limits(self) -> Iterator[Finding]:
        offer, limits, policy = self.offer, self.offer.limits, self.shop.policy
        order, customer = limits.per_order, limits.per_customer
        if order is not None and customer is not None and order > customer:
            yield self.say(
                "limit_never_reached",
                f"每单限{order}大于每人限{customer}",
                f"per_order {order} is above per_customer {customer}",
            )
        day, widest = limits.per_day, min((n for n in (customer, limits.stock) if n is not None), default=None)
        if order is not None and day is not None and order > day:
            yield self.say(
                "limit_never_reached", f"每单限{order}大于每人每天限{day}", f"per_order {order} is above per_day {day}"
            )
        if day is not None and widest is not None and day >= widest:
            yield self.say(
                "limit_never_reached",
                f"每人每天限{day}，而一共只有{widest}，每天的限制不起作用",
                f"per_day {day} is never reached: a customer has at most {widest} in all",
            )
        if order is not None and order > 1 and self._once():
            yield self.say(
                "limit_never_reached",
                f"每单最多用一次，每单限{order}不起作用",
                f"it applies at most once an order; per_order {order} is never reached",
            )
        if offer.is_coupon and policy.max_coupons == 0:
            yield self.say("no_coupons", "每单可用 0 张券", "policy.max_coupons is 0: no coupon is ever used")
        most = self._most_of_coupon()
        if most is not None and most < policy.min_coupon_gain:
            yield self.say(
                "below_min_gain",
                f"最多省{yuan(most)}，不到用券的最低收益{yuan(policy.min_coupon_gain)}",
                f"it saves at most ¥{yuan(most)}, less than policy.min_coupon_gain",
            )
        for sku in sorted(offer.effect.add_on_skus()):
            price, article = offer.effect.price_of(sku), self.shop.catalog.get(sku)
            if price is not None and article is not None and max(price, article.floor) >= article.price:
                yield self.say(
                    "add_on_not_cheaper", f"{sku} 的换购价不比原价低", f"{sku} costs no less than its list price"
                )

    def _once(self) -> bool:
        effect = self.offer.effect
        if isinstance(effect, SpendOff):
            return effect.every is None
        if isinstance(effect, (PickBundle, BuyGet)):
            return not effect.repeat
        return isinstance(effect, (SpendPercent, SpendGift))

    def _most_of_coupon(self) -> int | None:
        """The most that a coupon with a fixed sum or a greatest sum can save; None: it has none."""
        effect = self.offer.effect
        if not self.offer.is_coupon:
            return None
        if isinstance(effect, SpendOff):
            return effect.tiers[-1][1]
        return effect.max_off if isinstance(effect, SpendPercent) else None

    # --- proven by pricing

    def never_applies(self) -> Finding | None:
        """Alone, without its conditions, on carts full of its goods, it gives nothing."""
        reason = ("", "")
        for cart in self._carts():
            found = self._priced([self.offer], cart)
            if self._applied(found):
                return None
            said = next((r for r in found.rejected if r.id == self.offer.id), None)
            if said is not None:
                reason = rejection_sentence(said), rejection_sentence(said, "en")
        zh, en = (f"（{reason[0]}）", f" ({reason[1]})") if reason[0] else ("", "")
        return self.say("never_applies", f"装满它的商品也不优惠{zh}", f"even carts full of its goods get nothing{en}")

    def crowded_out(self) -> Iterator[Finding]:
        """Offers that always hold leave it no goods, or leave less to pay on each of its goods."""
        bars = [o for o in self.every if o is not self.offer and o.level == "LINE" and self._always(o)]
        forced = [o for o in bars if o.mandatory]
        if forced and not any(self._applied(self._priced([self.offer, *forced], cart)) for cart in self._carts()):
            names = "、".join(o.id for o in forced)
            yield self.say(
                "always_excluded",
                f"必用的 {names} 总是占住它的商品",
                f"mandatory offers always keep it off its goods: {names}",
            )
            return
        if self.offer.level != "LINE":
            return
        rivals = [o for o in bars if o.group == self.offer.group and not (o.excludes or o.exclusive or o.no_tender)]
        beaten = [next((o for o in rivals if o.scope.holds(p) and self._less(o, p)), None) for p in self._paying()]
        if beaten and all(o is not None for o in beaten):
            names = "、".join(sorted({o.id for o in beaten if o is not None}))
            yield self.say(
                "always_beaten",
                f"每件商品都有同组优惠更低：{names}",
                f"on every article an offer of its group leaves less to pay: {names}",
            )

    def _always(self, other: Offer) -> bool:
        known = (self.shop.stock, self.shop.budget)
        limited = other.limits != type(other.limits)() or any(other.id in its for its in known)
        return other.when is None and not limited

    def _paying(self) -> list[Product]:
        return [p for p in self.goods if self.offer.effect.unit(p.price) < p.price]

    def _less(self, other: Offer, product: Product) -> bool:
        return max(other.effect.unit(product.price), product.floor) < max(
            self.offer.effect.unit(product.price), product.floor
        )

    def _carts(self) -> Iterator[Cart]:
        """Carts full of its goods: all together, then each article alone."""
        scopes: list[Scope] = [self.offer.scope]
        effect = self.offer.effect
        if isinstance(effect, BuyGet):
            scopes += [effect.buy_scope, effect.get_scope or effect.buy_scope]
        together: dict[str, Product] = {}
        for scope in scopes:
            inside = [p for p in self.goods if scope.holds(p)]
            together |= {p.sku: p for p in inside[:MOST_GOODS]}
        baskets = [list(together.values()), *([p] for p in self.goods[:MOST_GOODS])]
        add_ons = self._add_ons()
        for qty in (99, MAX_QTY):
            for basket in baskets:
                lines = tuple(CartLine(p.sku, qty) for p in basket)
                yield Cart(lines, shipping=100_000, add_ons=add_ons, addable=())

    def _add_ons(self) -> tuple[AddOnChosen, ...]:
        its = sorted(self.offer.effect.add_on_skus() & self.shop.catalog.keys())
        return tuple(AddOnChosen(self.offer.id, sku, 1) for sku in its[: self.offer.effect.most_add_ons()])

    def _priced(self, offers: Iterable[Offer], cart: Cart) -> Quote:
        plain = [replace(o, when=None, expires=None) for o in offers]
        coupons = tuple(o for o in plain if o.is_coupon)
        policy = replace(self.shop.policy, max_coupons=1, min_coupon_gain=1)
        spent = {name: fen for name, fen in self.shop.budget.items() if fen == 0}  # carts this full exceed any other
        rules = compile_rules(o for o in plain if not o.is_coupon)
        pledges = tuple(o.id for o in coupons if o.level == "EARN")  # nobody uses one unless it is chosen
        cart = replace(cart, coupons=pledges or None)
        request = replace(self.shop, cart=cart, coupons=coupons, policy=policy, budget=spent)
        return quote(rules, request, PROBE_STEPS)

    def _applied(self, found: Quote) -> bool:
        mine = self.offer.id
        if self.offer.effect.kind == "add_on":
            return any(a.offer == mine and a.off for a in found.add_ons)
        named = [*(o.id for o in found.offers), *(g.offer for g in found.gifts), *(e.offer for e in found.earn)]
        return mine in named


def _contradictions(leaves: Iterable[object], goods: Iterable[Product]) -> Iterator[str]:
    """The names of conditions that no cart and no customer can meet together."""
    lists: dict[str, list[frozenset[str]]] = {}
    goods = list(goods)
    for leaf in leaves:
        match leaf:
            case AnyOf(name, values):
                lists.setdefault(name, []).append(values)
            case AtLeast(name, scope, least) if least and goods and not any(scope.holds(p) for p in goods):
                yield name
    for field, its in lists.items():
        if field == "region":
            if not _regions_meet(its):
                yield field
        elif field != "tag" and not frozenset.intersection(*its):
            yield field


def _regions_meet(lists: list[frozenset[str]]) -> bool:
    """Whether some place lies under one path of each list."""
    deepest = {path for its in lists for path in its}
    return any(all(any(under(place, path) for path in its) for its in lists) for place in deepest)


__all__ = ["Finding", "lint"]
