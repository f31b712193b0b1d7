"""Steps of the simulation that are about the exchange mall (B01, B03): points, growth and stamps are spent, and come back."""

from __future__ import annotations

from typing import Any

from backend import ledger, mall
from backend.kit import database


class MallSteps:
    """What members exchange, and clerks take back; `Shop` has it beside its own steps."""

    async def exchange(self: Any) -> None:
        """Points, growth or stamps for an item of the mall; who has stamps enough often goes for what they buy."""
        item, member = self.rng.choice(self.items), self.rng.choice(self.members)
        [stamped] = [i for i in self.items if i.unit == "stamps"]
        held = await ledger.held_by_members(self.merchant_id, "stamps")
        if (rich := sorted(m for m, n in held.items() if n >= stamped.points)) and self.rng.random() < 2 / 3:
            item, member = stamped, self.rng.choice(rich)
        secret, price, key = self.runtime.settings.secret, item.points, self.key()
        answer = await self.command(
            lambda: mall.exchange(secret, self.merchant_id, member, item.id, price, key, self.at)
        )
        self.tally.done[type(answer).__name__] += 1
        if isinstance(answer, mall.Exchanged):
            self.exchanges[answer.exchange.id] = member
            if answer.exchange.coupon:
                self.coupons[answer.exchange.coupon.id] = member

    async def void_exchange(self: Any) -> None:
        """A clerk takes an exchange back, if what it gave is not used."""
        if self.exchanges:
            one, key = self.rng.choice(sorted(self.exchanges)), self.key()
            answer = await self.command(lambda: mall.void(self.merchant_id, "staff:clerk", one, "换错了", key, self.at))
            self.tally.done[f"void {type(answer).__name__}"] += 1

    async def stamps_moved(self: Any) -> dict[str, int]:
        """How often stamps of members moved, by why."""
        rows = await database.fetch(
            "SELECT 'stamps ' || t.kind AS what, count(*) AS n FROM accounts a JOIN entries e ON e.merchant_id = a.merchant_id AND e.account_id = a.id"
            " JOIN transfers t ON t.merchant_id = e.merchant_id AND t.id = e.transfer_id"
            " WHERE a.merchant_id = $1 AND a.owner_kind = 'member' AND a.unit = 'stamps' GROUP BY 1",
            self.merchant_id,
        )
        return {row["what"]: row["n"] for row in rows}
