"""Steps of the simulation that are about lotteries (B03): draws of several at once, again by the same key, prizes that run out and are
added to; every one may die in the middle. At the end every result is computed again from the seed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from backend import lottery


class LotterySteps:
    """What members and clerks do with lotteries; `Shop` has it beside its own steps."""

    async def hold_lotteries(self: Any) -> None:
        """Two lotteries for as long as the simulation may run: one with a free draw a day and few prizes, one of which every draw wins."""
        every = lottery.NewPrize("兑换券", "article", 400_000, 4, sku="CUP", days=9)
        plans = (
            (
                every,
                lottery.NewPrize("20积分", "points", 250_000, 6, points=20),
                lottery.NewPrize("谢谢参与", "thanks", 350_000),
            ),
            (
                lottery.NewPrize("120积分", "points", 300_000, 5, points=120),
                lottery.NewPrize("5积分", "points", 700_000, 40, points=5),
            ),
        )
        held = []
        with patch("secrets.token_bytes", self.rng.randbytes):  # so that the seed of the simulation decides it
            for n, prizes in enumerate(plans):
                new = lottery.NewLottery(
                    f"抽奖{n}",
                    (30, 60)[n],
                    self.at,
                    self.at + timedelta(days=900),
                    (3, 2)[n],
                    "028-0000",
                    prizes,
                    (1, 0)[n],
                    (None, 12)[n],
                )
                made = await lottery.create(
                    self.runtime.settings.secret, self.merchant_id, "staff:boss", new, self.key(), self.at
                )
                assert isinstance(made, lottery.LotteryInfo), made
                held.append(made.id)
        self.lotteries = held

    async def draw(self: Any) -> None:
        """One to three at once, the same member twice now and then; what was drawn is asked for again by its key."""
        which, rng = self.rng.choice(self.lotteries), self.rng
        people = rng.choice(([rng.choice(self.members)], [rng.choice(self.members)] * 2, rng.sample(self.members, 3)))
        await asyncio.gather(*(self._draw(which, member, self.key()) for member in people))

    async def _draw(self: Any, which: UUID, member: UUID, key: str) -> None:
        secret, merchant, at = self.runtime.settings.secret, self.merchant_id, self.at
        [seen] = await lottery.lotteries(secret, merchant, at, ids=[which], member_id=member)
        costs = seen.next_points

        def wish() -> Any:
            return lottery.draw(secret, merchant, member, which, costs, "h5", key, at)

        answer = await self.command(wish)
        self.tally.done[f"draw {type(answer).__name__}"] += 1
        if isinstance(answer, lottery.Drawn):
            again = await wish()
            assert isinstance(again, lottery.Drawn) and again.draw == answer.draw, (answer, again)
            self.drawn[answer.draw.id] = (member, answer.draw.prize_id)
            if answer.draw.coupon:
                self.coupons[answer.draw.coupon.id] = member
        else:
            assert isinstance(
                answer,
                lottery.TooFewPoints | lottery.DrawLimitReached | lottery.LotterySoldOut | lottery.DrawPriceChanged,
            ), answer

    async def prize_stock(self: Any) -> None:
        """A clerk adds to a prize, so that a lottery that rests goes on."""
        secret, at, key = self.runtime.settings.secret, self.at, self.key()
        [seen] = await lottery.lotteries(secret, self.merchant_id, at, ids=[self.rng.choice(self.lotteries)])
        prize = self.rng.choice([p for p in seen.prizes if p.stock is not None])
        answer = await self.command(
            lambda: lottery.add_stock(secret, self.merchant_id, "staff:boss", prize.id, 3, key, at)
        )
        self.tally.done[f"prize stock {type(answer).__name__}"] += 1

    async def draws_kept(self: Any) -> list[str]:
        """Draws that were acknowledged and are not there, or gave another prize, or do not follow from the seed."""
        there = {d.id: (d.member_id, d.prize_id) for d in await lottery.draws(self.merchant_id, self.at, first=100_000)}
        lost = [f"draw {d} was {seen}, and is {there.get(d)}" for d, seen in self.drawn.items() if there.get(d) != seen]
        for found in await lottery.audit(self.runtime.settings.secret, self.merchant_id, None, self.at):
            lost += [f"{found.report.lottery.name}: {fault}" for fault in found.faults]
        return lost
