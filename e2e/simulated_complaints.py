"""Steps of the simulation that are about complaints (R05): made once about a thing, watched by the clock, answered once; every one may die in
the middle and is asked again by the same key."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from simulated_faults import Broken

from backend import complaints, coupons


class ComplaintSteps:
    """What customers complain of, and clerks answer; `Shop` has it beside its own steps."""

    async def complain(self: Any) -> None:
        """About an order, a coupon or neither, one's own or not, perhaps about what waits already; sometimes from two phones at once."""
        member, kind = self.rng.choice(self.members), self.rng.choice(("goods", "price", "service"))
        order = self._some(lambda o: o.member_id == member) if self.rng.random() < 0.8 else self._some(lambda o: True)
        about = self.rng.choice(("order", "order", "coupon", "nothing"))
        owner, order_id, coupon_id = member, None, None
        if about == "order" and order is not None:
            owner, order_id = order.member_id, order.id
        elif about == "coupon" and self.coupons:
            coupon_id = self.rng.choice(sorted(self.coupons))
            owner = self.coupons[coupon_id]
        wish = complaints.Wish(kind, "等了很久也没有人来", order_id, coupon_id)
        actor = self.rng.choice((f"consumer:{member}", "staff:clerk"))
        before = await self._waiting(member, order_id, coupon_id)
        keys = [self.key() for _ in range(self.rng.choice((1, 1, 2)))]
        answers = await asyncio.gather(
            *(
                self.command(
                    lambda key=key: complaints.complain(self.merchant_id, member, wish, actor, key, self.at)  # type: ignore[misc]
                )
                for key in keys
            )
        )
        made = [a for a in answers if isinstance(a, complaints.ComplaintInfo)]
        refused = complaints.AlreadyOpen if owner == member else complaints.SubjectMissing
        if len(made) != (owner == member and not before) or any(
            not isinstance(a, refused) for a in answers if a not in made
        ):
            raise Broken(f"{member} complained of {wish}, {before} waited: {answers}")
        for answer in answers:
            self.tally.done[f"complaint {type(answer).__name__}"] += 1
        self.complaints |= {one.id: one.due_at for one in made}

    async def _waiting(self: Any, member: UUID, order_id: UUID | None, coupon_id: UUID | None) -> list[UUID]:
        """Open complaints of a member about one thing."""
        found = await complaints.complaints(self.merchant_id, self.at, member_id=member, is_open=True, first=10_000)
        return [one.id for one in found if (one.order_id, one.coupon_id) == (order_id, coupon_id)]

    async def answer_complaint(self: Any) -> None:
        """A clerk answers, perhaps too late, perhaps with a coupon as compensation, perhaps what was answered before; sometimes two at once."""
        if not self.complaints:
            await self.complain()
        if not self.complaints:
            return
        if self.rng.random() < 0.4:
            self.at += timedelta(hours=3)
            await self.watch_complaints()
        one = self.rng.choice(sorted(self.complaints)[-4:])
        [seen] = await complaints.complaints(self.merchant_id, self.at, ids=[one])
        outcome, gift = self.rng.choice(("explained", "unfounded", "compensated")), None
        if outcome == "compensated":
            gift = await self._compensated(seen.member_id)
        keys = [self.key() for _ in range(self.rng.choice((1, 1, 2)))]
        answers = await asyncio.gather(
            *(
                self.command(
                    lambda key=key: complaints.answer(  # type: ignore[misc]
                        self.merchant_id, "staff:clerk", one, outcome, "已向您说明情况", gift, key, self.at
                    )
                )
                for key in keys
            )
        )
        taken = [a for a in answers if isinstance(a, complaints.ComplaintInfo)]
        if len(taken) != (one not in self.answered) or any(
            not isinstance(a, complaints.Answered) for a in answers if a not in taken
        ):
            raise Broken(f"complaint {one} was answered with {outcome}, {gift}: {answers}")
        for answer in answers:
            self.tally.done[f"answer {type(answer).__name__}"] += 1
        if taken:
            self.answered[one] = (outcome, gift, self.at)

    async def _compensated(self: Any, member: UUID) -> UUID | None:
        """A coupon by hand; None where the clerk gave what one may give on one day."""
        key, template = self.key(), self.compensation
        given = await self.command(
            lambda: coupons.compensate(
                self.runtime.settings.secret, self.merchant_id, "staff:clerk", self.clerk, member, template, "没有按时送到", key, self.at,
            )
        )  # fmt: skip
        self.tally.done[f"compensation {type(given).__name__}"] += 1
        if not isinstance(given, coupons.CouponInfo):
            return None
        self.coupons[given.id] = member
        return given.id  # type: ignore[no-any-return]

    async def watch_complaints(self: Any) -> None:
        """The schedule of R05: afterwards each open one that is past its time is escalated, and none twice."""
        while any(found := await self.command(lambda: complaints.watch(self.at))):
            late = [one for merchant_id, one in found[1] if merchant_id == self.merchant_id]
            if twice := self.escalated.intersection(late):
                raise Broken(f"complaints {twice} were escalated twice")
            self.escalated.update(late)
            self.tally.done["complaints escalated"] += len(late)
        waiting = await complaints.complaints(self.merchant_id, self.at, is_open=True, first=100_000)
        if missed := [one for one in waiting if one.due_at <= self.at and one.escalated_at is None]:
            raise Broken(f"past their time and not escalated at {self.at}: {missed}")

    async def complaints_kept(self: Any) -> list[str]:
        """What complainers were told, and is not so."""
        there = {one.id: one for one in await complaints.complaints(self.merchant_id, self.at, first=100_000)}
        wrong = [f"complaint {c} was taken in and is not there" for c in sorted(self.complaints) if c not in there]
        for one in there.values():
            outcome, gift, at = self.answered.get(one.id, (None, None, None))
            if (one.ending, one.compensation_id, one.answered_at) != (outcome, gift, at):
                wrong.append(f"complaint {one.id} was answered with {outcome}, {gift} at {at}, and is {one}")
            if one.due_at != self.complaints.get(one.id):
                wrong.append(f"complaint {one.id} is promised for {self.complaints.get(one.id)}, and is {one}")
            if (one.state == "overdue") != (one.answered_at is None and one.due_at <= self.at):
                wrong.append(f"complaint {one.id} is {one.state} at {self.at}: {one}")
        return wrong
