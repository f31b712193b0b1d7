"""Steps of the simulation that are about refunds (Q08): asked for, given, rejected, paid out in any order; every one may die in the middle."""

from __future__ import annotations

from typing import Any

from backend import orders
from backend.connectors.pay import RefundTold


class RefundSteps:
    """What customers ask back, clerks decide and WeChat tells; `Shop` has it beside its own steps."""

    async def ask(self: Any) -> None:
        """申请退款: a part or all of an order that was paid."""
        order = self._some(lambda o: o.id in self.paid)
        if order is None:
            return
        asker = orders.Asker(f"consumer:{order.member_id}", order.member_id)
        seen = await self._preview(order, asker)
        if isinstance(seen, orders.Preview):
            key = self.key()
            answer = await self.command(
                lambda: orders.refunds.ask(
                    self.runtime.settings.secret,
                    self.merchant_id,
                    order.id,
                    seen.plan.units,
                    "不想要了",
                    seen.token,
                    asker,
                    key,
                    self.at,
                )
            )
            self._noted("ask", order, answer)

    async def refund(self: Any) -> None:
        order = self._some(lambda o: o.id in self.paid)
        if order is None:
            return
        clerk = orders.Asker("staff:clerk")
        seen = await self._preview(order, clerk)
        if not isinstance(seen, orders.Preview):
            return
        waiting = [
            r
            for r in (await orders.refunds.requests_of(self.merchant_id, [order.id]))[order.id]
            if r.state == "waiting"
        ]
        if waiting and self.rng.random() < 0.4:
            key = self.key()
            answer = await self.command(
                lambda: orders.refunds.reject(self.merchant_id, waiting[0].id, "已经拆封", clerk, key, self.at)
            )
            self.tally.done[f"reject {type(answer).__name__}"] += 1
            return
        key, restock = self.key(), self.rng.random() < 0.7
        answer = await self.command(
            lambda: orders.refunds.refund(
                self.runtime.settings.secret,
                self.merchant_id,
                order.id,
                seen.plan.units,
                "少发",
                seen.token,
                restock,
                clerk,
                key,
                self.at,
            )
        )
        self._noted("refund", order, answer)

    async def _preview(self: Any, order: orders.OrderInfo, asker: orders.Asker) -> Any:
        fresh = await orders.get(self.merchant_id, order.id)
        assert fresh is not None
        batches = (await orders.refunds.of_orders(self.merchant_id, [order.id]))[order.id]
        left = orders.refundable(fresh, batches, elsewhere=fresh.system_id is not None)
        if not left:
            return None
        some = (
            left
            if self.rng.random() < 0.3
            else {sku: self.rng.randint(1, n) for sku, n in self.rng.sample(sorted(left.items()), 1)}
        )
        return await orders.refunds.preview(
            self.runtime.settings.secret, self.merchant_id, order.id, tuple(some.items()), asker, self.at
        )

    def _noted(self: Any, what: str, order: orders.OrderInfo, answer: object) -> None:
        self.tally.done[f"{what} {type(answer).__name__}"] += 1
        if isinstance(answer, orders.OrderInfo):
            self.refunded[order.id] = max(self.refunded.get(order.id, 0), answer.refunded_fen)

    async def payout(self: Any) -> None:
        """WeChat tells what became of a refund: taken, done, closed; more than once and in any order."""
        for _, info in (await orders.payouts.open_payouts(self.merchant_id))[:3]:
            status: Any = self.rng.choice(("PROCESSING", "SUCCESS", "SUCCESS", "ABNORMAL", "CLOSED"))
            told = RefundTold(info.number, status, info.amount_fen)
            for _ in range(self.rng.choice((1, 1, 2))):
                await self.command(lambda told=told: orders.payouts.settle(self.merchant_id, told, self.at))  # type: ignore[misc]
                self.tally.done[f"payout {status}"] += 1
            if status in ("ABNORMAL", "CLOSED"):
                key = self.key()
                await self.command(
                    lambda info=info, key=key: orders.refunds.retry_payout(
                        self.merchant_id, info.id, key, "staff:clerk", self.at
                    )  # type: ignore[misc]
                )
