"""Steps of the simulation that are about pre-sales (Q09): deposits, rests, forfeits; every one may die in the middle and is asked
again by the same key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import orders, promotions

DEPOSIT, COUNTS_AS = 400, 1000
GOODS = ("TRIPE", "BEEF")


async def publish_presale(shop: Any) -> str:
    """A pre-sale of small stock from now on: two days of deposits, then a day of nothing, then four for the rest."""
    at = shop.at
    offer = {
        "type": "deposit_inflation",
        "deposit": DEPOSIT,
        "counts_as": COUNTS_AS,
        "scope": {"skus": list(GOODS)},
        "limits": {"stock": 6, "per_customer": 3, "per_day": 2},
        "presale": {
            "deposit_until": (at + timedelta(days=2)).isoformat(),
            "final_from": (at + timedelta(days=shop.rng.choice((2, 3)))).isoformat(),
        },
    }
    draft = promotions.Draft("预售", "", at - timedelta(minutes=1), at + timedelta(days=7), (offer,))
    made = await promotions.create(shop.merchant_id, "staff:boss", None, draft, shop.key(), at)
    assert isinstance(made, promotions.PromotionInfo), made
    key = shop.key()
    await shop.command(lambda: promotions.publish(shop.merchant_id, "staff:boss", made.id, key, at))
    shop.presale_until = at + timedelta(days=2)
    return str(made.definitions[0]["id"])


class PresaleSteps:
    """What members, clerks and the clock do with pre-sales; `Shop` has it beside its own steps."""

    async def deposit(self: Any) -> None:
        """A member reserves units; the payment of the deposit comes once or more, in time or not, or never."""
        if self.presale_offer is None or self.at >= self.presale_until:
            self.presale_offer = await publish_presale(self)
        rng = self.rng
        units = tuple((sku, rng.choice((1, 1, 2))) for sku in rng.sample(GOODS, rng.choice((1, 1, 2))))
        fen = DEPOSIT * sum(n for _, n in units)
        wanted = orders.presales.Wanted(self.presale_offer, self.store.id, "MINIAPP", units, True, fen)
        member, key, secret = rng.choice(self.members), self.key(), self.runtime.settings.secret
        answer = await self.command(
            lambda: orders.presales.reserve(secret, self.merchant_id, member, wanted, key, self.at)
        )
        self.tally.done[f"deposit {type(answer).__name__}"] += 1
        if not isinstance(answer, orders.presales.PresaleInfo):
            return
        self.presales[answer.id] = member
        if rng.random() < 0.85:
            await self.pay_deposit(answer.id)

    async def pay_deposit(self: Any, presale_id: UUID | None = None) -> None:
        """WeChat tells of a deposit: again, late, by another payment, of another amount."""
        if not self.presales:
            return
        presale_id = presale_id or self.rng.choice(sorted(self.presales))
        found = await orders.presales.get(self.merchant_id, presale_id, self.at)
        wrong = self.rng.random() < 0.08
        payment = self.deposits.get(presale_id) if self.rng.random() < 0.7 else None
        payment = payment or f"pay-{found.number}-{self.key()}"
        fen = found.deposit_fen + wrong
        for _ in range(self.rng.choice((1, 1, 2))):
            answer = await self.command(
                lambda: orders.presales.paid(self.merchant_id, found.number, payment, fen, self.at)
            )
            self.tally.done[f"deposit paid {type(answer).__name__}"] += 1
            if isinstance(answer, orders.presales.PresaleInfo):
                self.deposits.setdefault(presale_id, payment)

    async def rest(self: Any) -> None:
        """The rest is priced and placed, in its window or not; time may pass until it is open."""
        held = sorted(self.deposits)
        if not held:
            return
        presale_id = self.rng.choice(held[-3:])
        found = await orders.presales.get(self.merchant_id, presale_id, self.at)
        if found.state == "deposit_paid" and self.at < found.opens_at and self.rng.random() < 0.7:
            self.at = found.opens_at
        secret, member, wish, key = self.runtime.settings.secret, self.presales[presale_id], self.wish(), self.key()
        seen = await orders.presales.quote_rest(secret, self.merchant_id, member, presale_id, wish, self.at)
        self.tally.done[f"rest {type(seen).__name__}"] += 1
        if not isinstance(seen, orders.presales.Rest):
            return
        token, at = seen.priced.token, self.at
        answer = await self.command(
            lambda: orders.presales.place_rest(secret, self.merchant_id, member, presale_id, wish, token, key, at)
        )
        self.tally.done[f"rest placed {type(answer).__name__}"] += 1
        if isinstance(answer, orders.OrderInfo):
            self.orders[answer.id] = answer
            if answer.due_fen and self.rng.random() < 0.6:
                payment = f"pay-{answer.number}-{self.key()}"
                paid = await self.command(
                    lambda: orders.pay(self.merchant_id, answer.number, payment, answer.due_fen, self.at)
                )
                if isinstance(paid, orders.OrderInfo):
                    self.paid.setdefault(answer.id, payment)

    async def end_presale(self: Any) -> None:
        """A customer cancels, or staff give the deposit back."""
        if not self.presales:
            return
        presale_id, key = self.rng.choice(sorted(self.presales)[-4:]), self.key()
        if self.rng.random() < 0.5:
            found, member = await orders.presales.get(self.merchant_id, presale_id, self.at), self.presales[presale_id]
            answer = await self.command(
                lambda: orders.presales.cancel(self.merchant_id, member, presale_id, found.keeps_fen, key, self.at)
            )
        else:
            fault = self.rng.choice(("merchant", "agreed"))
            answer = await self.command(
                lambda: orders.presales.give_back(
                    self.merchant_id, presale_id, fault, "没有货", key, "staff:clerk", self.at
                )
            )
        self.tally.done[f"end {type(answer).__name__}"] += 1

    async def settle_presales(self: Any) -> None:
        """The schedule."""
        for merchant_id, presale_id in await orders.presales.overdue(self.at):
            if merchant_id == self.merchant_id:
                done = await self.command(
                    lambda p=presale_id: orders.presales.settle_overdue(self.merchant_id, p, self.at)  # type: ignore[misc]
                )
                self.tally.done[f"presale {done.state if done else 'open'}"] += 1

    async def deposits_kept(self: Any) -> list[str]:
        """Deposits that were acknowledged and are not there."""
        lost = []
        for presale_id in sorted(self.deposits):
            found = await orders.presales.get(self.merchant_id, presale_id, self.at)
            if found is None or found.paid_at is None or found.state in ("awaiting_deposit", "closed"):
                lost.append(f"pre-sale {presale_id}: its deposit was paid, and it is {found and found.state}")
        return lost
