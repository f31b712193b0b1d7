"""Steps of the simulation that are about tills and marketplaces (K07, Q09): four verbs under their own numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulated_faults import Broken
from simulated_opening import add_system

from backend import coupons, members, merchants, orders


class TillSteps:
    """What systems ask, and who is let in; `Shop` has it beside its own steps."""

    async def till(self: Any) -> None:
        """A system asks by its own numbers: prepares, consumes, cancels, reverses; again, too early, too late, wrongly."""
        system = self.rng.choice(self.systems)
        known = sorted(n for n in self.requests if n[0] == system.id)
        fresh = not known or self.rng.random() < 0.45
        number = f"{self.key()}" if fresh else self.rng.choice(known)[1]
        verb = self.rng.choice(
            ("prepare", "prepare", "prepare", "cancel")
            if fresh
            else ("consume", "consume", "cancel", "reverse", "reverse")
        )
        answer: Any
        if verb == "prepare":
            member = await members.get(self.merchant_id, self.rng.choice(self.members))
            assert member is not None
            family = self.rng.random() < 0.1  # what a till must not spend
            wish = replace(self.wish(), channel=system.channel.upper(), payment="EXTERNAL", family=family)
            secret = self.runtime.settings.secret
            code = (await members.pay_codes.pay_code(secret, self.merchant_id, member.id, self.at)).code
            held = await coupons.usable(self.merchant_id, member.id, self.at)
            named = (self.rng.choice(held).coupon.code,) if held and self.rng.random() < 0.3 else None
            whose = self.rng.choice((code, code, member.member_code))
            wanted = orders.external.Prepare(number, whose, wish, named)
            answer = await self.command(
                lambda: orders.external.prepare(self.runtime.settings.secret, system, wanted, self.at)
            )
        elif verb == "cancel":
            answer = await self.command(lambda: orders.external.cancel(system, number, self.at))
        else:
            found = await orders.external.find(system, number)
            due = found.order.due_fen if found and found.order else 0
            paid, done = due + self.rng.choice((0, 0, 0, 1)), self.rng.random() < 0.5
            own, units = f"r{self.rng.randint(1, 3)}", self.rng.choice(((), (("PORK", 1),), (("TOFU", 2),)))
            answer = await self.command(
                lambda: (
                    orders.external.consume(self.runtime.settings.secret, system, number, None, paid, done, self.at)
                    if verb == "consume"
                    else orders.external.reverse(
                        self.runtime.settings.secret, system, number, own, units, "退货", True, self.at
                    )
                )
            )
        if isinstance(answer, orders.external.Request):
            self.requests.add((system.id, number))
        elif isinstance(answer, orders.external.Overrun):
            raise Broken(f"{verb} {number}: {answer}")
        self.tally.done[f"till {verb} {type(answer).__name__}"] += 1
        if verb == "prepare" and isinstance(answer, orders.external.Request) and self.rng.random() < 0.5:
            assert answer.order is not None  # most customers pay at once
            due, handed = answer.order.due_fen, self.rng.random() < 0.5
            paid = await self.command(
                lambda: orders.external.consume(
                    self.runtime.settings.secret, system, number, None, due, handed, self.at
                )
            )
            self.tally.done[f"till pays {type(paid).__name__}"] += 1

    async def shut_out(self: Any) -> None:
        """An admin shuts a system out and lets one like it in; staff complete and give back what it sold."""
        gone, key = self.rng.choice(self.systems), self.key()
        await self.command(lambda: merchants.revoke_system(self.merchant_id, "staff:boss", gone.id, key, self.at))
        new = await add_system(self, f"{gone.code.split('-')[0]}-{self.keys}", gone.channel, gone.takes_stock)
        self.systems = [new if system.id == gone.id else system for system in self.systems]
        for _, number in sorted(n for n in self.requests if n[0] == gone.id):
            found = await orders.external.find(gone, number)
            if found and found.order and found.state in ("consumed", "reversed"):
                self.orders[found.order.id] = found.order
                self.paid[found.order.id] = f"{gone.code}:{number}"
        self.tally.done["shut out"] += 1
