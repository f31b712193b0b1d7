"""What the rushes share: one installation with four API processes, a merchant of their own in it, and wishes sent over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from stack import Stack, processes, within

from backend import catalog, invariants, ledger, merchants
from backend import settings as settings_module
from backend.bench.wire import request, send_all
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.access import Viewer, issue
from backend.kit.clock import now
from backend.kit.ids import encode, new_id

PROCESSES, CONNECTIONS, CODE, TIME_ZONE = 4, 200, "rush", "Asia/Shanghai"
GOODS = (("FLASH", 10_000, 99), ("HOTPOT", 5_000, 99), ("CUP", 1_500, 1), ("DAILY", 10_000, 99), ("BEEF", 4_000, 99), ("NOODLE", 5_000, 99),
         ("BOWL", 1_000, 99))  # fmt: skip
"""SKU, price in fen, units on the shelf."""
CREATE = """mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id }
  ... on InvalidInput { problems { path message } } } }"""
CLAIM = """mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id }
  ... on CouponSoldOut { total usedUp nextBatchAt } ... on ClaimLimitReached { limit held }
  ... on DailyLimitReached { limit held resetsAt } ... on Refusal { code message } } }"""
PROMOTE = """mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename ... on Promotion { id }
  ... on InvalidInput { problems { path message } } } }"""
PUBLISH = "mutation($i: PublishPromotionInput!) { publishPromotion(input: $i) { __typename } }"
SEEN = "payableFen dueFen token gifts { sku qty } rejected { reason sentence limit resetsAt } tenders { kind points } coupons { applied }"
QUOTE = f"query($c: CartInput!) {{ quoteCart(input: $c) {{ __typename ... on Quote {{ {SEEN} }} }} }}"
PLACE = f"""mutation($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ __typename ... on Order {{ id payableFen dueFen lines {{ sku qty kind }} }}
  ... on PriceChanged {{ seenPayableFen message quote {{ {SEEN} }} }} ... on OutOfStock {{ sku available message }}
  ... on InvalidInput {{ problems {{ path message }} }} }} }}"""


@dataclass
class Races:
    """One merchant of a running installation, and whoever presses there."""

    stack: Stack
    merchant_id: UUID
    secret: bytes
    admin: Client

    async def people(self, count: int) -> list[UUID]:
        ids = [new_id() for _ in range(count)]
        await database.pool().execute(
            "INSERT INTO members (id, merchant_id, openid, nickname, level, dialect_region, tags, orders_count, member_code, joined_at)"
            " SELECT id, $1, 'r' || id, '', 'basic', 'all', '[]', 0, left(replace(id::text, '-', ''), 24), $3 FROM unnest($2::uuid[]) AS x (id)",
            self.merchant_id,
            ids,
            now(),
        )
        return ids

    async def drop(self, **more: Any) -> str:
        """A published drop of coupons of ¥5.00; its id."""
        at = now()
        given = {
            "name": "抢券", "content": {"kind": "OFF", "offFen": 500, "minFen": 0}, "validHours": 480, "total": 1000, "perMember": 1,
            "startsAt": (at - timedelta(hours=1)).isoformat(), "endsAt": (at + timedelta(days=2)).isoformat(),
            "publish": True, "idempotencyKey": key(), **more,
        }  # fmt: skip
        made = (await self.admin.run(CREATE, i=given))["createCouponDrop"]
        assert made["__typename"] == "CouponDrop", made
        return str(made["id"])

    async def promotion(self, offer: dict[str, Any]) -> None:
        at = now()
        given = {
            "name": "秒杀", "offers": [offer], "idempotencyKey": key(),
            "startsAt": (at - timedelta(hours=1)).isoformat(), "endsAt": (at + timedelta(days=1)).isoformat(),
        }  # fmt: skip
        made = (await self.admin.run(PROMOTE, i=given))["createPromotion"]
        assert made["__typename"] == "Promotion", made
        published = await self.admin.run(PUBLISH, i={"promotionId": made["id"], "idempotencyKey": key()})
        assert published["publishPromotion"]["__typename"] == "Promotion"

    async def points(self, members: Sequence[UUID], amount: int) -> None:
        async with database.transaction() as tx:
            for member in members:
                await ledger.transfer(
                    tx, self.merchant_id, debit=ledger.merchant_book(self.merchant_id), credit=ledger.member(member), unit="points",
                    amount=amount, kind="grant", business_key=f"grant:{key()}", at=now(), memo={},
                )  # fmt: skip

    async def press(self, document: str, wishes: Sequence[tuple[UUID, dict[str, Any]]]) -> list[dict[str, Any]]:
        """Everything at once, over as many connections as there are wishes (at most 200); the answers in their order."""
        sent = [
            request(self.stack.port, CODE, self._token(member), document, variables) for member, variables in wishes
        ]
        _, _, bodies = await send_all(self.stack.port, sent, CONNECTIONS)
        found = []
        for body in bodies:
            answer = json.loads(body)
            assert "errors" not in answer, answer
            found.append(next(iter(answer["data"].values())))
        return found

    def _token(self, member: UUID) -> str:
        return issue(self.secret, Viewer(self.merchant_id, "consumer", member), now(), 600)[0]

    async def claims(self, drop: str, members: Sequence[UUID]) -> list[dict[str, Any]]:
        """Each member presses as often as `members` names them; every answer that gave a coupon is compared with its row."""
        wishes = [(m, {"i": {"dropId": drop, "idempotencyKey": key()}}) for m in members]
        answers = await self.press(CLAIM, wishes)
        told = {a["id"]: m for a, m in zip(answers, members, strict=True) if a["__typename"] == "Coupon"}
        there = {encode("cpn", row["id"]): row["member_id"] for row in await self.held(drop)}
        assert told.items() <= there.items() and len(told) == [a["__typename"] for a in answers].count("Coupon")
        return answers

    async def held(self, drop: str) -> list[Any]:
        return await database.fetch("SELECT id, member_id FROM coupons WHERE drop_id = $1", UUID(drop.split("_")[1]))

    async def orders(
        self, members: Sequence[UUID], lines: dict[str, int], shown: dict[str, Any], **more: Any
    ) -> list[dict[str, Any]]:
        """Everybody presses at once with the same cart, which each is shown as `shown`. Who is named twice presses twice."""
        return await self.presses([(member, lines, shown, more) for member in members])

    async def presses(
        self, wishes: Sequence[tuple[UUID, dict[str, int], dict[str, Any], dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        """Of each: who, the lines, what they are shown, what more the cart says. Everybody is shown the price first, whatever process
        answers, then all press at once."""
        carts = [
            {"lines": [{"sku": s, "qty": n} for s, n in lines.items()], "delivery": "PICKUP", **more}
            for _, lines, _, more in wishes
        ]
        seen: list[dict[str, Any]] = []

        async def all_see() -> bool:
            seen[:] = await self.press(
                QUOTE, [(who, {"c": cart}) for (who, *_), cart in zip(wishes, carts, strict=True)]
            )
            return all(
                quote[what] == value
                for quote, (_, _, shown, _) in zip(seen, wishes, strict=True)
                for what, value in shown.items()
            )

        await within(30, all_see, "every process shows what is awaited")
        return await self.press(
            PLACE,
            [
                (who, {"i": {"cart": cart, "quoteToken": quote["token"], "idempotencyKey": key()}})
                for (who, *_), cart, quote in zip(wishes, carts, seen, strict=True)
            ],
        )

    async def sound(self) -> None:
        """Everything that must always be true of the merchant is."""
        assert await invariants.violations(self.merchant_id) == []

    def worked(self) -> dict[int, int]:
        """Processor time that each API process has used, in ticks."""
        found = {}
        for pid, command in processes(str(self.stack.data)).items():
            if "spawn_main" in command:
                fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
                found[pid] = int(fields[11]) + int(fields[12])
        return found


@asynccontextmanager
async def races(stack: Stack) -> AsyncIterator[Races]:
    """A merchant with one store and four articles, in an installation that runs; this process looks into its database."""
    await database.connect(stack.servers().database)
    try:
        merchant = await merchants.found(
            CODE, "抢购", "CNY", TIME_ZONE, [("region", "四川", None)], [("S1", "店", "四川", "路 1 号")]
        )
        [store] = await merchants.stores(merchant.id)
        await catalog.add_many(
            merchant.id,
            [catalog.NewProduct(sku, sku, "火锅", "", "", (), "袋", "🍲", 1, fen, fen // 2) for sku, fen, _ in GOODS],
        )
        await catalog.receive(merchant.id, [(store.id, sku, units) for sku, _, units in GOODS])
        await merchants.add_staff(merchant.id, "boss", "boss", "only-for-races", ("admin",))
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            admin = Client(stack.url, CODE, http)
            assert (await admin.log_in_staff("boss", "only-for-races"))["__typename"] == "Session"
            yield Races(stack, merchant.id, settings_module.load(stack.environment()).secret, admin)
    finally:
        await database.disconnect()
