"""Must show 1, through the door that customers use: GraphQL over HTTP, four API processes."""

from __future__ import annotations

import json
import random
from collections import Counter

import asyncpg
import httpx
from faults import MERCHANT, Rush
from stack import Stack

from backend import settings as settings_module
from backend.bench.wire import request, send_all
from backend.kit.access import Viewer, issue
from backend.kit.clock import now
from backend.kit.ids import encode, new_id

PEOPLE, TRIES, COUPONS = 1_000, 3, 100
CLAIM = """mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id code }
  ... on CouponSoldOut { total message } ... on ClaimLimitReached { limit held message } ... on Refusal { code message } } }"""


async def test_a_thousand_customers_with_three_tries_each_race_for_a_hundred(installation: Stack) -> None:
    """K11, C1, C2, C3: exactly a hundred are given, nobody has two, every refusal is true, and every invariant holds."""
    installation.more = {"SHUHUI_API_PROCESSES": "4"}
    stack = installation.start()
    secret = settings_module.load(stack.environment()).secret
    database, _ = stack.servers()
    connection = await asyncpg.connect(database)
    try:
        merchant = await connection.fetchval("SELECT id FROM merchants WHERE code = $1", MERCHANT)
        members = [new_id() for _ in range(PEOPLE)]
        await connection.execute(
            "INSERT INTO members (id, merchant_id, openid, nickname, level, dialect_region, tags, orders_count, member_code, joined_at)"
            " SELECT id, $1, 'rush' || id, '', 'basic', 'all', '[]', 0, left(replace(id::text, '-', ''), 24), now() FROM unnest($2::uuid[]) AS x (id)",
            merchant,
            members,
        )
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            drop = await Rush(stack, http).drop(COUPONS)
        wishes = [(member, n) for member in members for n in range(TRIES)]
        random.Random(11).shuffle(wishes)
        requests = [
            request(
                stack.port,
                MERCHANT,
                issue(secret, Viewer(merchant, "consumer", member), now(), 600)[0],
                CLAIM,
                {"i": {"dropId": drop, "idempotencyKey": f"try{n}"}},
            )
            for member, n in wishes
        ]
        _, _, bodies = await send_all(stack.port, requests, 200)
        answers = [json.loads(body)["data"]["claimCoupon"] for body in bodies]
        kinds = Counter(a["__typename"] for a in answers)
        held = await connection.fetch("SELECT id, member_id FROM coupons WHERE drop_id = $1", drop.split("_")[1])
    finally:
        await connection.close()
    holders = {row["member_id"] for row in held}
    assert kinds["Coupon"] == len(held) == len(holders) == COUPONS, kinds
    assert set(kinds) == {"Coupon", "CouponSoldOut", "ClaimLimitReached"} and sum(kinds.values()) == PEOPLE * TRIES, (
        kinds
    )
    for (member, _), answer in zip(wishes, answers, strict=True):
        match answer["__typename"]:
            case "Coupon":
                assert any(row["member_id"] == member and encode("cpn", row["id"]) == answer["id"] for row in held)
            case "CouponSoldOut":
                assert answer["total"] == COUPONS and member not in holders
            case "ClaimLimitReached":
                assert (answer["limit"], answer["held"]) == (1, 1) and member in holders
    stack.holds()
    assert stack.stop() == 0
