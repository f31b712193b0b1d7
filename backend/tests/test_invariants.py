"""`shuhui invariants`: a shop that has lived holds them all, and a planted violation of each is found by its id."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from backend import coupons, invariants
from backend.demo.client import key
from backend.invariants import tenancy
from backend.invariants.model import Look, look_at, queried
from backend.kit import database, embedded
from backend.kit.clock import now
from backend.kit.ids import decode, encode, new_id
from backend.tests.conftest import Shop, World, claim, make_shop, place, within
from backend.tests.refunding import bought, grant, member_of, refund, send_all, settled
from backend.tests.test_codes import IMPORT, generate
from backend.tests.test_drops import make

IDS = [i.id for i in invariants.ALL]
CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"


class Lived:
    """A shop in which everything has happened once, and the ids of what the plants change."""

    def __init__(self, shop: Shop, other: Shop, ids: dict[str, UUID]) -> None:
        self.shop, self.other, self.ids = shop, other, ids


@pytest.fixture(scope="module")
async def lived(world: World) -> Lived:
    shop, other = await make_shop(world), await make_shop(world)
    await shop.promotion(
        {
            "type": "fixed_price",
            "scope": {"skus": ["TRIPE"]},
            "price": 6000,
            "limits": {"per_customer": 3, "per_day": 2, "stock": 7},
        },
        name="秒杀",
    )
    await shop.promotion({"type": "earn_points", "per_yuan": 1}, name="积分")
    await shop.promotion({"type": "amount_off", "scope": {"skus": ["TOFU"]}, "off": 10, "budget": 900}, name="预算")
    await database.pool().execute(
        "UPDATE products SET supplier = '甲' WHERE merchant_id = $1 AND sku = 'PORK'", shop.merchant_id
    )
    third = [{"who": "sku_supplier", "bp": 3333}, {"who": "merchant", "bp": 6667}]
    await shop.promotion({"type": "amount_off", "scope": {"skus": ["PORK"]}, "off": 100, "bearing": third}, name="共担")
    drop_id = await shop.drop(total=10, per_member=2, off=500)
    one, two, clerk = await shop.shopper(), await shop.shopper(), await shop.staff("admin")
    first, kept = await claim(one, drop_id), await claim(one, drop_id)
    assert (await claim(one, drop_id))["__typename"] == "ClaimLimitReached" and (await claim(two, drop_id))["id"]
    for shopper in (one, two):
        await grant(shop, shopper, "points", 3000)
        await grant(shop, shopper, "balance", 5000)
    none = {"coupons": {"mode": "NONE"}}
    plain = await bought(shop, one, {"BEEF": 2}, done=True, **none)
    with_coupon = await bought(shop, one, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [first["id"]]})
    gift = await given(shop, one_id := await member_of(one))
    with_gift = await bought(shop, one, {"BASE": 1}, coupons={"mode": "FIXED", "ids": [encode("cpn", gift)]})
    refunded = await bought(
        shop, two, {"SHRIMP": 2, "TRIPE": 2}, done=True, tenders={"points": 1000, "balanceFen": 700}, **none
    )
    assert (await refund(clerk, refunded, {"SHRIMP": 1, "TRIPE": 1}))["__typename"] == "Order"
    whole = await bought(shop, two, {"PORK": 1})
    assert (await refund(clerk, whole, {"PORK": 1}))["__typename"] == "Order"
    shared = await bought(shop, two, {"PORK": 3})
    assert (await refund(clerk, shared, {"PORK": 1}))["__typename"] == "Order"
    waiting = await place(one, {"TOFU": 3}, tenders={"points": 200}, **none)
    dropped = await place(two, {"TOFU": 3}, tenders={"points": 200, "balanceFen": 100}, **none)
    assert waiting["__typename"] == dropped["__typename"] == "Order"
    await two.run(CANCEL, i={"orderId": dropped["id"], "idempotencyKey": key()})
    pools = await pools_of(shop)
    await send_all(shop)
    await settled(shop, n=3)
    ids = {
        **pools,
        "drop": decode("drp", drop_id),
        "spare": decode("cpn", kept["id"]),
        "gift": gift,
        "one": one_id,
        "two": await member_of(two),
        "plain": decode("ord", plain["id"]),
        "coupon_order": decode("ord", with_coupon["id"]),
        "gift_order": decode("ord", with_gift["id"]),
        "refunded": decode("ord", refunded["id"]),
        "shared": decode("ord", shared["id"]),
        "cancelled": decode("ord", dropped["id"]),
        "abroad": other.stores[0].id,
        "merchant": shop.merchant_id,
    }

    await within(20, lambda: outbox_is_empty(shop))
    return Lived(shop, other, {k: v for k, v in ids.items() if v is not None})


async def pools_of(shop: Shop) -> dict[str, UUID | None]:
    """Two pools of one drop and one of another, whose codes somebody else made."""
    one, other = await make(shop, access="CODES"), await make(shop, access="CODES")
    pool, second = await generate(shop, one["id"], 3), await generate(shop, one["id"], 3)
    sent = {"dropId": other["id"], "name": "物业", "csv": "券码\nSPRING-0001\nSPRING-0002", "idempotencyKey": key()}
    imported = (await (await shop.admin()).run(IMPORT, i=sent))["importCodes"]
    return {name: decode("cop", p["id"]) for name, p in (("pool", pool), ("second", second), ("imported", imported))}


async def given(shop: Shop, member_id: UUID) -> UUID:
    """A coupon that nobody claimed, worth more than those that were."""
    async with database.transaction() as tx:
        template = await coupons.ensure_template(
            tx, shop.merchant_id, "gift", "礼", {"off": {"min": 0, "off": 300}}, {"all": True}, 48, now()
        )
        granted = await coupons.grant(
            tx, shop.world.settings.secret, shop.merchant_id, member_id, template, "lifecycle", "gift:1", now()
        )
    assert granted is not None
    return granted


async def outbox_is_empty(shop: Shop) -> bool:
    return not await database.fetchval(
        "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND relayed_at IS NULL", shop.merchant_id
    )


async def test_a_shop_that_has_lived_holds_them_all(lived: Lived) -> None:
    """C1–T1: nothing is violated, and each of them looked at something; what has no tables yet is said by name."""
    found = {c.invariant.id: c for c in await invariants.check(lived.shop.merchant_id)}
    assert list(found) == IDS == [*(f"C{n}" for n in range(1, 9)), *(f"L{n}" for n in range(1, 8)), *(f"O{n}" for n in range(1, 8)), "E1", "E2", "E3", "T1"]  # fmt: skip
    assert {i: c.violations for i, c in found.items() if c.violations} == {}
    assert [i for i, c in found.items() if not c.rows and not c.unchecked] == []


MEMBERS = "owner_kind = 'member' AND owner_id = '{two}'"
POOL_CODE = "UPDATE coupon_codes SET code = {} WHERE id = (SELECT id FROM coupon_codes WHERE pool_id = '{{{}}}' ORDER BY code LIMIT 1)"
PLANTS: list[tuple[set[str], str]] = [
    ({"C1"}, "UPDATE coupon_drops SET total = 2 WHERE id = '{drop}'"),
    ({"C1"}, "UPDATE coupon_drops SET issued = issued - 1 WHERE id = '{drop}'"),
    (
        {"C1"},
        "INSERT INTO drop_batches (id, merchant_id, drop_id, position, opens_at, share, issued)"
        " SELECT '{new}', merchant_id, id, 0, starts_at, issued - 1, issued FROM coupon_drops WHERE id = '{drop}'",
    ),
    ({"C2"}, "UPDATE coupon_drops SET per_day = 1 WHERE id = '{drop}'"),
    (
        {"C2"},
        "UPDATE coupon_templates SET uses_per_day = 0 WHERE id = (SELECT template_id FROM coupons WHERE id = '{gift}')",
    ),
    ({"C2"}, "UPDATE coupon_drops SET per_member = 1 WHERE id = '{drop}'"),
    ({"C2"}, "UPDATE drop_holders SET held = held - 1 WHERE member_id = '{one}'"),
    ({"C2"}, "UPDATE members SET openid = (SELECT openid FROM members WHERE id = '{one}') WHERE id = '{two}'"),
    ({"C2"}, "UPDATE members SET phone_index = 'one number' WHERE id IN ('{one}', '{two}')"),
    ({"C3"}, "DELETE FROM idempotency_records WHERE answer->>'coupon_id' = '{spare}'"),
    (
        {"C3"},
        "INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, answer, at) VALUES"
        " ('{new}', '{merchant}', 'consumer:{one}', 'lost', 'claimCoupon', 'x', '{{\"type\": \"Claimed\", \"coupon_id\": \"{new}\"}}', now())",
    ),
    ({"C3"}, "UPDATE coupons SET via = 'poster:CXL-01' WHERE id = '{spare}'"),
    ({"C3"}, "UPDATE coupons SET source = 'partner' WHERE id = '{spare}'"),
    (
        {"C4"},
        "INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, at)"
        " SELECT '{new}', merchant_id, actor, key, 'other', 'other', at FROM idempotency_records WHERE answer->>'coupon_id' = '{spare}'",
    ),
    ({"C5", "C7"}, "UPDATE coupons SET state = 'expired' WHERE id = '{spare}'"),
    ({"C5"}, "UPDATE coupon_moves SET actor = '' WHERE coupon_id = '{spare}'"),
    ({"C5"}, "UPDATE coupon_moves SET before = 'expired' WHERE coupon_id = '{gift}' AND after = 'redeemed'"),
    (
        {"C5", "E1"},
        "INSERT INTO coupon_moves (id, merchant_id, coupon_id, order_id, before, after, at, actor, reason)"
        " SELECT gen_random_uuid(), '{merchant}', '{spare}', '{cancelled}', x.before, x.after, now(), 'x', 'x'"
        " FROM (VALUES ('issued', 'locked'), ('locked', 'issued')) x (before, after)",
    ),
    ({"C6"}, "UPDATE coupons SET member_id = '{two}' WHERE id = '{gift}'"),
    (
        {"C7"},
        "UPDATE offer_versions SET budget_fen = 1 WHERE merchant_id = '{merchant}' AND budget_fen IS NOT NULL",
    ),
    (
        {"C6", "E3", "O1", "O4", "O7"},
        "UPDATE orders SET quote = jsonb_set(quote, '{{offers}}', quote->'offers' || (SELECT jsonb_agg(f) FROM orders x"
        " CROSS JOIN LATERAL jsonb_array_elements(x.quote->'offers') f WHERE x.id = '{gift_order}' AND starts_with(f->>'id', 'cpn_'))) WHERE id = '{plain}'",
    ),
    ({"C7"}, "UPDATE coupon_drops SET promised_fen = promised_fen + 1 WHERE id = '{drop}'"),
    ({"C7"}, "UPDATE coupon_drops SET budget_fen = promised_fen + spent_fen - 1 WHERE id = '{drop}'"),
    (
        {"C8"},
        "INSERT INTO code_pools (id, merchant_id, drop_id, name, kind, wanted, made, created_by, created_at)"
        " SELECT '{new}', merchant_id, id, 'x', 'generated', 9, 9, 'x', now() FROM coupon_drops WHERE id = '{drop}'",
    ),
    ({"C8"}, "UPDATE coupons SET code = '222222222223' WHERE id = '{spare}'"),
    ({"C8"}, "UPDATE coupons SET code = (SELECT code FROM coupons WHERE id = '{gift}') WHERE id = '{spare}'"),
    ({"C8"}, POOL_CODE.format("'222222222223'", "pool")),
    ({"C8"}, POOL_CODE.format("'SPRING0003'", "pool")),
    ({"C8"}, POOL_CODE.format("(SELECT max(code) FROM coupon_codes WHERE pool_id = '{pool}')", "pool")),
    ({"C8"}, POOL_CODE.format("(SELECT max(code) FROM coupon_codes WHERE pool_id = '{second}')", "pool")),
    ({"C8"}, POOL_CODE.format("(SELECT max(code) FROM coupon_codes WHERE pool_id = '{pool}')", "imported")),
    ({"C8"}, POOL_CODE.format("(SELECT code FROM coupons WHERE id = '{spare}')", "imported")),
    ({"O7"}, "UPDATE coupons SET took_fen = took_fen + 1 WHERE id = '{gift}'"),
    (
        {"L1"},
        "INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
        " SELECT '{new}', merchant_id, 'stamps', debit_id, credit_id, 7, 'x', 'planted', '{{}}', at FROM transfers WHERE merchant_id = '{merchant}' AND unit = 'balance' LIMIT 1",
    ),
    (
        {"L2", "O7"},
        "UPDATE accounts SET balance = balance + CASE owner_kind WHEN 'merchant' THEN -1 ELSE 1 END"
        " WHERE merchant_id = '{merchant}' AND unit = 'balance' AND (owner_id = '{two}'"
        "  OR id = (SELECT id FROM accounts WHERE merchant_id = '{merchant}' AND unit = 'balance' AND owner_kind = 'merchant' LIMIT 1))",
    ),
    ({"L2"}, "UPDATE accounts SET version = version + 1 WHERE unit = 'balance' AND " + MEMBERS),
    ({"L3"}, "UPDATE accounts SET lower_bound = balance - held + 1 WHERE unit = 'balance' AND " + MEMBERS),
    ({"L4"}, "UPDATE holds SET posted = 1 WHERE business_key = 'order:{cancelled}:balance'"),
    ({"L4"}, "UPDATE holds SET posted = posted - 1 WHERE business_key = 'order:{refunded}:balance'"),
    (
        {"L5"},
        "INSERT INTO holds (id, merchant_id, account_id, amount, posted, state, business_key, at)"
        " SELECT '{new}', merchant_id, account_id, amount, 0, state, business_key, at FROM holds WHERE business_key = 'order:{cancelled}:balance'",
    ),
    (
        {"L6"},
        "UPDATE lots SET remaining = remaining - 1 WHERE id = (SELECT id FROM lots WHERE merchant_id = '{merchant}' AND remaining > held LIMIT 1)",
    ),
    ({"L6"}, "DELETE FROM held_parts WHERE merchant_id = '{merchant}'"),
    (
        {"L6"},
        "UPDATE lots SET expires_at = earned_at WHERE merchant_id = '{merchant}' AND id IN (SELECT lot_id FROM lot_parts WHERE amount < 0)",
    ),
    ({"L7"}, "ALTER TABLE journal_lines DISABLE TRIGGER USER"),
    ({"L7"}, "ALTER TABLE entries DISABLE TRIGGER entries_kept"),
    ({"L7"}, "ALTER TABLE entries DISABLE TRIGGER entries_append_only"),
    ({"O1"}, "UPDATE orders SET quote = jsonb_set(quote, '{{goods}}', '1') WHERE id = '{plain}'"),
    ({"O1"}, "UPDATE orders SET request = jsonb_set(request, '{{catalog,0,price}}', '1') WHERE id = '{plain}'"),
    ({"O2"}, "UPDATE orders SET refunded_fen = refunded_fen - 1 WHERE id = '{refunded}'"),
    ({"O2", "O7"}, "UPDATE refunds SET withheld_fen = withheld_fen + 1 WHERE order_id = '{refunded}'"),
    ({"O2"}, "UPDATE payouts SET amount_fen = amount_fen - 1 WHERE order_id = '{refunded}'"),
    ({"O3"}, "UPDATE stock SET received = received + 1 WHERE merchant_id = '{merchant}' AND sku = 'BEEF'"),
    (
        {"O4"},
        "UPDATE stock SET on_hand = on_hand - 1, reserved = reserved + 1 WHERE merchant_id = '{merchant}' AND sku = 'BEEF'",
    ),
    ({"O4"}, "UPDATE offer_uses SET used = used + 1 WHERE merchant_id = '{merchant}'"),
    (
        {"O4"},
        "WITH h AS (INSERT INTO holds (id, merchant_id, account_id, amount, posted, state, business_key, at)"
        "  SELECT '{new}', merchant_id, account_id, 5, 0, state, 'order:{cancelled}:red_packet', at FROM holds WHERE business_key = 'order:{cancelled}:balance' RETURNING *)"
        " INSERT INTO held_parts (id, merchant_id, hold_id, lot_id, amount)"
        " SELECT '{new}', h.merchant_id, h.id, l.id, 5 FROM h, (SELECT id FROM lots WHERE merchant_id = '{merchant}' LIMIT 1) l",
    ),
    ({"O4"}, "DELETE FROM holds WHERE business_key = 'order:{cancelled}:balance'"),
    (
        {"O5"},
        "UPDATE offer_versions SET definition = jsonb_set(definition, '{{limits,stock}}', '0') WHERE merchant_id = '{merchant}' AND definition ? 'limits'",
    ),
    (
        {"O5"},
        "UPDATE offer_versions SET definition = jsonb_set(definition, '{{limits,per_customer}}', '0') WHERE merchant_id = '{merchant}' AND definition ? 'limits'",
    ),
    (
        {"O5"},
        "UPDATE offer_versions SET definition = jsonb_set(definition, '{{limits,per_day}}', '0') WHERE merchant_id = '{merchant}' AND definition ? 'limits'",
    ),
    ({"O5"}, "UPDATE offer_member_days SET used = used + 1 WHERE merchant_id = '{merchant}'"),
    ({"O5"}, "UPDATE offer_member_days SET day = day + 1 WHERE merchant_id = '{merchant}'"),
    ({"O5"}, "DELETE FROM offer_member_days WHERE merchant_id = '{merchant}'"),
    (
        {"O6"},
        "UPDATE orders SET payment_id = (SELECT payment_id FROM orders WHERE id = '{plain}') WHERE id = '{coupon_order}'",
    ),
    (
        {"O7"},
        "UPDATE journal_lines SET level = 'ORDER' WHERE merchant_id = '{merchant}' AND account = 'discount' AND level = 'LINE'",
    ),
    ({"O7"}, "UPDATE journal_lines SET fen = fen + 1 WHERE merchant_id = '{merchant}' AND account = 'cash'"),
    (
        {"O7"},
        "UPDATE journal_lines SET fen = fen + sign(fen) WHERE supplier IS NOT NULL AND entry_id IN"
        " (SELECT id FROM journal_entries WHERE order_id = '{shared}' AND kind = 'payment')",
    ),
    (
        {"O7"},
        "UPDATE journal_lines SET fen = fen - sign(fen) WHERE supplier IS NOT NULL AND entry_id IN"
        " (SELECT id FROM journal_entries WHERE order_id = '{shared}' AND kind = 'refund')",
    ),
    ({"O7"}, "UPDATE journal_lines SET supplier = '乙' WHERE merchant_id = '{merchant}' AND supplier IS NOT NULL"),
    (
        {"O7"},
        "UPDATE orders SET quote = jsonb_set(quote, '{{bearing,parts,0,2,1,1}}', '1') WHERE id = '{shared}'",
    ),
    (
        {"O7"},
        "UPDATE orders SET quote = jsonb_set(quote, '{{bearing,suppliers,PORK}}', '\"乙\"') WHERE id = '{shared}'",
    ),
    ({"O7"}, "UPDATE orders SET quote = quote - 'bearing' WHERE id = '{shared}'"),
    (
        {"L2", "O4"},
        "UPDATE holds SET amount = amount + 1 WHERE merchant_id = '{merchant}' AND state = 'open' AND business_key LIKE '%:budget:%'",
    ),
    (
        {"O6"},
        "WITH s AS (INSERT INTO external_systems (id, merchant_id, code, name, channel, key_hash, takes_stock, created_at)"
        "  VALUES ('{new}', '{merchant}', 'till', 'x', 'pos', 'x', true, now()))"
        " INSERT INTO external_requests (id, merchant_id, system_id, request_no, order_id, at) VALUES ('{new}', '{merchant}', '{new}', 'x', '{plain}', now())",
    ),
    ({"O6"}, "UPDATE orders SET payment_id = 'for-nothing' WHERE id = '{cancelled}'"),
    ({"E1"}, "DELETE FROM outbox_events WHERE kind = 'OrderPlaced' AND aggregate = 'order:{plain}'"),
    ({"E1"}, "DELETE FROM outbox_events WHERE kind = 'AccountChanged' AND aggregate = 'member:{two}'"),
    (
        {"E1"},
        "DELETE FROM outbox_events WHERE kind = 'CouponMoved' AND payload->>'coupon_id' = '{gift}' AND payload->>'after' = 'locked'",
    ),
    (
        {"E1"},
        "INSERT INTO consumed_events (id, merchant_id, consumer, event_id, at)"
        " SELECT '{new}', merchant_id, consumer, event_id, at FROM consumed_events WHERE merchant_id = '{merchant}' AND consumer = 'level-coupons' LIMIT 1",
    ),
    (
        {"E1"},
        "INSERT INTO consumed_events (id, merchant_id, consumer, event_id, at)"
        " SELECT '{new}', merchant_id, 'level-messages', id, now() FROM outbox_events WHERE kind = 'OrderPlaced' AND aggregate = 'order:{plain}'",
    ),
    (
        {"E1", "T1"},
        "INSERT INTO consumed_events (id, merchant_id, consumer, event_id, at) VALUES ('{new}', '{merchant}', 'reviews', '{new}', now())",
    ),
    (
        {"E1", "E3"},
        "DELETE FROM consumed_events WHERE consumer = 'analytics' AND event_id IN"
        " (SELECT id FROM outbox_events WHERE kind = 'OrderPaid' AND aggregate = 'order:{plain}')",
    ),
    (
        {"E1"},
        "INSERT INTO referrals (id, merchant_id, friend_id, inviter_id, state, bound_at)"
        " VALUES ('{new}', '{merchant}', '{two}', '{one}', 'bound', '2020-01-01')",
    ),
    (
        {"E1"},
        "INSERT INTO reviews (id, merchant_id, member_id, order_id, sku, stars, text, growth, state, day, at)"
        " VALUES ('{new}', '{merchant}', '{two}', '{refunded}', 'SHRIMP', 5, '', 0, 'shown', '2020-01-01', '2020-01-01')",
    ),
    ({"E2"}, "UPDATE outbox_events SET relayed_at = NULL WHERE kind = 'OrderPlaced' AND aggregate = 'order:{plain}'"),
    (
        {"E3"},
        "UPDATE sales_rollups SET revenue_fen = revenue_fen + 1 WHERE merchant_id = '{merchant}' AND revenue_fen > 0",
    ),
    ({"E3"}, "UPDATE sku_rollups SET units = units - 1 WHERE merchant_id = '{merchant}' AND sku = 'BEEF'"),
    ({"E3"}, "UPDATE offer_rollups SET reversed_fen = reversed_fen + 1 WHERE merchant_id = '{merchant}'"),
    ({"T1"}, "UPDATE coupon_moves SET store_id = '{abroad}' WHERE coupon_id = '{gift}'"),
]
"""What breaks which invariant, and no other."""


@pytest.fixture
async def scratch(lived: Lived) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that is rolled back, in which references, triggers, checks and unique constraints do not stand in the way."""
    async with lived.shop.world.owner.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("SET LOCAL lock_timeout = '30s'; SET LOCAL session_replication_role = replica")
            yield connection
        finally:
            await transaction.rollback()


async def without_constraints(connection: asyncpg.Connection, table: str) -> None:
    """Only of the table that is changed: the others go on being used."""
    for row in await connection.fetch(
        "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype IN ('c', 'u')", table
    ):
        await connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{row["conname"]}"')
    for row in await connection.fetch(
        "SELECT i.indexrelid::regclass::text AS name FROM pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisunique AND NOT i.indisprimary",
        table,
    ):
        await connection.execute(f"DROP INDEX {row['name']}")


@pytest.mark.parametrize(
    ("wanted", "plant"), PLANTS, ids=lambda x: "".join(sorted(x)) if isinstance(x, set) else "plant"
)
async def test_a_planted_violation_is_found(
    lived: Lived, scratch: asyncpg.Connection, wanted: set[str], plant: str
) -> None:
    """What the database itself would refuse is planted past its constraints; exactly the broken invariant is reported."""
    text = plant.format(**lived.ids, new=new_id())
    await without_constraints(scratch, text.split()[2 if text.startswith(("INSERT", "DELETE", "ALTER")) else 1])
    status = await scratch.execute(text)
    assert status == "ALTER TABLE" or int(status.split()[-1]) > 0, f"{text} planted nothing"
    await scratch.execute(f"SET LOCAL ROLE {embedded.APPLICATION}")  # who looks
    found = await look_at(scratch, invariants.ALL, lived.shop.merchant_id)
    assert {c.invariant.id for c in found if c.violations} == wanted, [c.violations for c in found if c.violations]
    assert all(len(detail) > 20 for c in found for detail in c.violations)


async def test_every_reference_of_every_table_is_looked_at(lived: Lived, scratch: asyncpg.Connection) -> None:
    """T1: each column that is named like a reference is known, and a row of another merchant in it is found."""
    planted = 0
    for table, column in await tenancy.columns(scratch):
        if (table, column) in tenancy.ELSEWHERE or tenancy.TARGETS.get(column) == (table, column):
            continue
        query = tenancy.query_of(table, column)
        assert query is not None, f"{table}.{column}: say in tenancy.py what it refers to"
        row = await scratch.fetchrow(
            f"SELECT x.id FROM {table} x WHERE x.{column} IS NOT NULL AND x.merchant_id = $1"
            + (f" AND x.store_id <> {tenancy.NOWHERE}" if table == "sales_rollups" else "")
            + " LIMIT 1",
            lived.shop.merchant_id,
        )
        _, before, _ = await queried(scratch, query, lived.shop.merchant_id)
        assert before == []
        if row is None or column == "merchant_id":
            continue
        save = scratch.transaction()
        await save.start()
        await without_constraints(scratch, table)
        kind = await scratch.fetchval(
            "SELECT data_type FROM information_schema.columns WHERE table_name = $1 AND column_name = $2", table, column
        )
        await scratch.execute(
            f"UPDATE {table} SET {column} = $1 WHERE id = $2", new_id() if kind == "uuid" else "abroad", row["id"]
        )
        _, found, _ = await queried(scratch, query, lived.shop.merchant_id)
        assert len(found) == 1 and str(row["id"]) in found[0], (table, column, found)
        await save.rollback()
        planted += 1
    assert planted > 35


async def test_the_command_tells_and_ends_with_the_right_code(lived: Lived) -> None:
    """`shuhui invariants`: 0 and a line for each; 1 with the violation and its ids; 2 for a merchant that is not there."""
    code, lines = await shuhui(lived.shop, "--merchant", lived.shop.code, "--format", "json")
    told = [json.loads(line) for line in lines]
    assert code == 0 and [t["id"] for t in told] == IDS and not any(t["violations"] for t in told)
    assert (await shuhui(lived.shop, "--merchant", "nobody-here"))[0] == 2
    assert (await shuhui(lived.shop, "--format", "xml"))[0] == 2
    change = "UPDATE orders SET refunded_fen = refunded_fen {} 1 WHERE id = $1"
    await database.pool().execute(change.format("-"), lived.ids["refunded"])
    try:
        code, lines = await shuhui(lived.shop, "--merchant", lived.shop.code)
    finally:
        await database.pool().execute(change.format("+"), lived.ids["refunded"])
    number = await database.fetchval("SELECT number FROM orders WHERE id = $1", lived.ids["refunded"])
    at = next(n for n, line in enumerate(lines) if line.startswith("O2  ✗ 不符"))
    assert code == 1 and number in lines[at + 1] and "1 处不符" in lines[-1]
    assert [line[:2] for line in lines if line.startswith(("C", "L", "O", "E", "T"))] == IDS


async def shuhui(shop: Shop, *arguments: str) -> tuple[int | None, list[str]]:
    settings = shop.world.settings
    servers = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "SHUHUI_ENV": "test"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "backend.cli",
        "invariants",
        *arguments,
        env={**os.environ, **servers, "SHUHUI_DATA": str(settings.data)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode().splitlines()


async def test_what_was_not_looked_at_is_not_called_true(scratch: asyncpg.Connection) -> None:
    """An invariant whose tables are not there is reported as not checked, by the name of what is missing."""
    toy = invariants.Invariant(
        "X1", "无", "none", (Look("nothing", "SELECT NULL AS wrong", needs=("nowhere", "orders.nothing")),)
    )
    [found] = await look_at(scratch, [toy], None)
    assert (found.rows, found.violations, found.unchecked) == (0, (), ("nothing: no nowhere, orders.nothing",))
