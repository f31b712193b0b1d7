"""Steps of the simulation that are about coupons (K01–K06, K10): claimed by several at once, chosen by hand, voided, added to."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

from simulated_faults import Broken

from backend import coupons, orders
from backend.kit import database


class CouponSteps:
    """What shoppers and clerks do with coupons; `Shop` has it beside its own steps."""

    async def claim(self: Any) -> None:
        """One to four coupons at once; sometimes a claim of before comes again."""
        wishes = [
            coupons.Claim(
                self.merchant_id,
                self.rng.choice(self.drops),
                self.rng.choice(self.members),
                self.key(),
                self.at,
                "h5",
                None,
            )
            for _ in range(self.rng.randint(1, 4))
        ]
        if self.claims and self.rng.random() < 0.3:
            wishes.append(self.rng.choice(self.claims))
        answers = await self.command(lambda: asyncio.gather(*(self.runtime.claims.claim(w) for w in wishes)))
        for wish, answer in zip(wishes, answers, strict=True):
            self.tally.done[type(answer).__name__] += 1
            if isinstance(answer, coupons.Claimed):
                self.coupons[answer.coupon_id] = wish.member_id
                self.claims.append(wish)
            elif isinstance(answer, (coupons.Busy, coupons.DropNotFound)):
                raise Broken(f"claim {wish}: {answer}")

    async def use(self: Any) -> None:
        """Somebody has a coupon for an article, a set, points or what was paid (K01), names it with a cart that it is for, and most
        often pays and has the goods."""
        member, rng, at = self.rng.choice(self.members), self.rng, self.at
        held = [
            c.coupon for c in await coupons.usable(self.merchant_id, member, at) if c.coupon.drop_id in self.fitting
        ]
        if held and rng.random() < 0.7:
            one = rng.choice(held)
            drop, coupon = one.drop_id, one.id
        else:
            drop = rng.choice(sorted(self.fitting))
            wish = coupons.Claim(self.merchant_id, drop, member, self.key(), at, "h5", None)
            answer = await self.command(lambda: self.runtime.claims.claim(wish))
            self.tally.done[type(answer).__name__] += 1
            if not isinstance(answer, coupons.Claimed):
                return
            coupon = answer.coupon_id
            self.coupons[coupon] = member
            self.claims.append(wish)
        named = replace(self.wish(self.fitting[drop]), coupon_mode="FIXED", coupon_ids=(coupon,))
        order = await self.place(member, named)
        if order is None or rng.random() < 0.2:
            return
        if order.due_fen:
            payment = f"pay-{order.number}-{self.key()}"
            paid = await self.command(lambda: orders.pay(self.merchant_id, order.number, payment, order.due_fen, at))
            if not isinstance(paid, orders.OrderInfo):
                raise Broken(f"{order.number} was not paid: {paid}")
            self.paid[order.id] = payment
        if rng.random() < 0.6:
            secret, key = self.runtime.settings.secret, self.key()
            await self.command(lambda: orders.complete(secret, self.merchant_id, order.id, key, "staff:clerk", at))

    async def pair(self: Any) -> None:
        """Somebody has two coupons that stack (K01) and presses with both on one to three orders at once; an order may use two, or one."""
        member, at = self.rng.choice(self.members), self.at
        held = {c.coupon.drop_id for c in await coupons.usable(self.merchant_id, member, at)}
        for drop in self.pairing:
            if drop not in held:
                wish = coupons.Claim(self.merchant_id, drop, member, self.key(), at, "h5", None)
                answer = await self.command(lambda wish=wish: self.runtime.claims.claim(wish))  # type: ignore[misc]
                self.tally.done[type(answer).__name__] += 1
                if isinstance(answer, coupons.Claimed):
                    self.coupons[answer.coupon_id] = member
                    self.claims.append(wish)
        wish = replace(self.wish({"BEEF": 1, "PORK": 1}), coupon_mode="AUTO")
        await asyncio.gather(*(self.place(member, wish) for _ in range(self.rng.choice((1, 2, 3)))))

    async def void(self: Any) -> None:
        """A clerk takes a coupon away, if no order has it."""
        if self.coupons:
            coupon, key = self.rng.choice(sorted(self.coupons)), self.key()
            answer = await self.command(
                lambda: coupons.void(self.merchant_id, "staff:clerk", coupon, "发错了", key, self.at)
            )
            self.tally.done[f"void {type(answer).__name__}"] += 1

    async def stock(self: Any) -> None:
        """追加: more coupons, or more budget."""
        n, key = self.rng.randrange(len(self.drops)), self.key()
        more = (0, 1000) if n in (2, 4) else (2, 0)  # the two that have a budget
        answer = await self.command(
            lambda: coupons.add_stock(self.merchant_id, "staff:boss", self.drops[n], *more, key, self.at)
        )
        self.tally.done[f"stock {type(answer).__name__}"] += 1

    async def chosen(self: Any, member: UUID, wish: orders.Wish) -> orders.Wish:
        """One in two members names coupons by hand: one or two that are usable, now and then one that perhaps is not. One in three
        chose an add-on, whose offer may have ended and whose goods may have left the cart."""
        rng = self.rng
        if rng.random() < 1 / 3:
            wish = replace(wish, add_ons=((rng.choice(self.add_ons), "TOFU", 1),))
        if wish.coupon_mode != "AUTO" or rng.random() < 0.5:
            return wish
        usable = await coupons.usable(self.merchant_id, member, self.at)
        if usable and rng.random() < 0.9:
            picked = rng.sample([c.coupon.id for c in usable], min(len(usable), rng.choice((1, 1, 2))))
        else:
            picked = (
                rng.sample(mine, 1) if (mine := [c for c, who in sorted(self.coupons.items()) if who == member]) else []
            )
        return replace(wish, coupon_mode="FIXED", coupon_ids=tuple(picked))

    async def used(self: Any) -> dict[str, int]:
        """How many coupons of each content were redeemed, how many each tier of a drop gave, how many orders took two; how many quotas of
        gifts are used up; how often what is earned was held and given back, and how many budgets of templates are used up."""
        rows = await database.fetch(
            "SELECT 'used ' || (SELECT min(k) FROM jsonb_object_keys(t.content) k) AS what, count(*) AS n FROM coupon_moves m"
            " JOIN coupons c ON c.merchant_id = m.merchant_id AND c.id = m.coupon_id"
            " JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id"
            " WHERE m.merchant_id = $1 AND m.after = 'redeemed' GROUP BY 1 UNION ALL"
            " SELECT 'used at full price', count(*) FROM coupon_moves m JOIN coupons c ON c.merchant_id = m.merchant_id AND c.id = m.coupon_id"
            " JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id"
            " WHERE m.merchant_id = $1 AND m.after = 'redeemed' AND t.full_price_only UNION ALL"
            " SELECT 'tier ' || s.position, count(*) FROM coupons c JOIN drop_tiers s ON s.merchant_id = c.merchant_id"
            " AND s.drop_id = c.drop_id AND s.template_id = c.template_id WHERE c.merchant_id = $1 GROUP BY 1 UNION ALL"
            " SELECT 'orders with two coupons', count(*) FROM (SELECT 1 FROM coupon_moves WHERE merchant_id = $1 AND after = 'locked'"
            " GROUP BY order_id HAVING count(DISTINCT coupon_id) > 1) x UNION ALL"
            " SELECT 'gift quotas used up', count(*) FROM offer_gifts WHERE merchant_id = $1 AND taken = quota UNION ALL"
            " SELECT 'orders with capped earnings', count(*) FROM orders WHERE merchant_id = $1 AND quote ? 'earn_taken' UNION ALL"
            " SELECT 'earnings given back to a budget', count(*) FROM refunds WHERE merchant_id = $1 AND outcome ? 'brings' UNION ALL"
            " SELECT 'earnings at their cap', count(*) FROM offer_uses u WHERE merchant_id = $1 AND used = stock AND EXISTS (SELECT 1"
            " FROM offer_versions v WHERE v.merchant_id = $1 AND v.offer_id = u.offer_id AND v.definition->>'type' = 'earn_red_packet') UNION ALL"
            " SELECT 'template budgets used up', count(*) FROM template_budgets WHERE merchant_id = $1 AND budget_fen - promised_fen - spent_fen < 250",
            self.merchant_id,
        )
        return {row["what"]: row["n"] for row in rows}
