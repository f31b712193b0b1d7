"""A migrated database is exactly what the models and constraints.sql say: columns, types, keys, indexes, checks, triggers."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from backend.kit.database import constraints_sql, tortoise_config

STATE = {
    "columns": "SELECT table_name, column_name, data_type, coalesce(character_maximum_length, 0), is_nullable, coalesce(column_default, '')"
    " FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'tortoise%'",
    "constraints": "SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    " AND conrelid::regclass::text NOT LIKE 'tortoise%' AND contype <> 'n'",
    "indexes": "SELECT tablename, regexp_replace(indexdef, 'INDEX \\S+ ON', 'INDEX ON') FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'tortoise%'",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


@asynccontextmanager
async def empty_database(url: str, like: str = "template1") -> AsyncIterator[str]:
    """A database of its own, gone afterwards; a copy when `like` names one."""
    name = f"drift_{secrets.token_hex(6)}"
    owner = await asyncpg.connect(url)
    await owner.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
    try:
        yield url.rsplit("/", 1)[0] + f"/{name}"
    finally:
        await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await owner.close()


async def state(url: str) -> dict[str, set[tuple[object, ...]]]:
    connection = await asyncpg.connect(url)
    try:
        return {what: {tuple(row) for row in await connection.fetch(sql)} for what, sql in STATE.items()}
    finally:
        await connection.close()


async def from_models(url: str) -> dict[str, set[tuple[object, ...]]]:
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        await context.generate_schemas(safe=False)
    connection = await asyncpg.connect(url)
    await connection.execute(constraints_sql())
    await connection.close()
    return await state(url)


async def migrated(url: str) -> dict[str, set[tuple[object, ...]]]:
    import subprocess
    import sys

    # in a process of its own: migrating closes tortoise's connections, which other tests are using
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"import asyncio; from backend.kit.migrate import migrate; asyncio.run(migrate({url!r}))",
        ],
        check=True,
    )
    return await state(url)


@pytest.fixture(scope="module")
async def new_database(servers: tuple[str, str, Path]) -> AsyncIterator[str]:
    """The name of a database that was migrated from nothing, to be copied."""
    async with empty_database(servers[0]) as url:
        await migrated(url)
        yield url.rsplit("/", 1)[1]


async def test_migrated_equals_models(servers: tuple[str, str, Path], new_database: str) -> None:
    """Architecture: tortoise's own tool misses indexes and checks; this test does not."""
    async with empty_database(servers[0]) as one, empty_database(servers[0], new_database) as two:
        by_models, by_migrations = await from_models(one), await state(two)
    assert len(by_models["columns"]) > 200 and len(by_models["constraints"]) > 80
    for what in STATE:
        assert by_models[what] == by_migrations[what], what


@pytest.mark.parametrize(
    "planted",
    [
        "CREATE INDEX planted ON coupons (claimed_at)",
        "ALTER TABLE coupons ADD COLUMN planted int",
        "ALTER TABLE stock DROP CONSTRAINT stock_not_negative",
        "DROP TRIGGER entries_append_only ON entries",
        "ALTER TABLE members ALTER COLUMN nickname TYPE varchar(61)",
    ],
)
async def test_planted_drift_is_found(servers: tuple[str, str, Path], planted: str) -> None:
    """Each kind of drift is seen."""
    async with empty_database(servers[0]) as one:
        before = await from_models(one)
        connection = await asyncpg.connect(one)
        await connection.execute(planted)
        await connection.close()
        assert await state(one) != before


async def test_every_unique_constraint_and_key_has_the_merchant(
    servers: tuple[str, str, Path], new_database: str
) -> None:
    """Architecture: so that the schema can be distributed by merchant."""
    async with empty_database(servers[0], new_database) as url:
        found = await state(url)
    tables = {str(row[0]) for row in found["columns"]}
    with_merchant = {str(row[0]) for row in found["columns"] if row[1] == "merchant_id"}
    assert tables == with_merchant
    for table, kind, text in found["constraints"]:
        if kind in ("p", "u"):
            assert "merchant_id" in str(text), f"{table}: {text}"
        if kind == "f":
            assert str(text).count("merchant_id") >= 2, f"{table}: {text}"  # T1: a reference carries its merchant


async def test_append_only_tables_refuse_change(servers: tuple[str, str, Path], new_database: str) -> None:
    """L7, R02: entries, transfers, coupon moves and offer versions cannot be rewritten by a statement of the application (while triggers are on)."""
    async with empty_database(servers[0], new_database) as url:
        connection = await asyncpg.connect(url)
        m = "00000000-0000-7000-8000-000000000001"
        await connection.execute("SET session_replication_role = replica")  # without foreign keys
        await connection.execute(
            f"INSERT INTO coupon_moves (id, merchant_id, coupon_id, after, at, actor, reason) VALUES ('{m}', '{m}', '{m}', 'issued', now(), 'a', 'b')"
        )
        await connection.execute(
            f"INSERT INTO offer_versions (id, merchant_id, promotion_id, offer_id, version, content_hash, definition, active_from, active_until, created_at)"
            f" VALUES ('{m}', '{m}', '{m}', 'o', 1, 'h', '{{}}', now(), now(), now())"
        )
        await connection.execute("SET session_replication_role = origin")
        for sql in (
            "UPDATE coupon_moves SET actor = 'x'",
            "DELETE FROM coupon_moves",
            "UPDATE offer_versions SET definition = '{\"a\": 1}'",
            "DELETE FROM offer_versions",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
        await connection.execute("UPDATE offer_versions SET retired_at = now()")  # the one change there is, once
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE offer_versions SET retired_at = NULL")
        await connection.close()


async def test_rows_cannot_point_into_another_merchant(servers: tuple[str, str, Path], new_database: str) -> None:
    """T1: a store of one merchant cannot hang below a unit of another."""
    async with empty_database(servers[0], new_database) as url:
        connection = await asyncpg.connect(url)
        a, b = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"
        for m in (a, b):
            await connection.execute(
                f"INSERT INTO merchants (id, merchant_id, code, name, currency, time_zone, created_at) VALUES ('{m}', '{m}', 'c{m[-1]}', 'n', 'CNY', 'UTC', now())"
            )
        await connection.execute(
            f"INSERT INTO org_units (id, merchant_id, kind, name, path) VALUES ('{a}', '{a}', 'region', 'x', 'x')"
        )
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                f"INSERT INTO stores (id, merchant_id, unit_id, code, name, city, region_path, address) VALUES ('{b}', '{b}', '{a}', 's', 's', 'x', 'x', '')"
            )
        await connection.close()


async def test_money_owed_before_there_were_payouts_goes_back(servers: tuple[str, str, Path]) -> None:
    """Migrations are forward only: an order that was booked as owed under 0004 has a payout after 0005, once."""
    import subprocess
    import sys

    async with empty_database(servers[0]) as url:
        code = (
            "import asyncio; from tortoise import Tortoise; from tortoise.migrations.api.migrate import migrate;"
            " from backend.kit.database import tortoise_config;"
            f" asyncio.run(migrate(config=tortoise_config({url!r}), target='shuhui.0004_places_and_times'))"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT to_regclass('payouts')") is None
        m = "00000000-0000-7000-8000-000000000001"
        await connection.execute("SET session_replication_role = replica")  # without foreign keys
        await connection.execute(
            "INSERT INTO orders (id, merchant_id, number, member_id, store_id, state, channel, placed_at, list_fen, goods_fen, shipping_fen, payable_fen, due_fen)"
            f" VALUES ('{m}', '{m}', 'N1', '{m}', '{m}', 'cancelled', 'h5', now(), 4000, 4000, 0, 4000, 4000)"
        )
        await connection.execute(
            "INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
            f" VALUES ('{m}', '{m}', 'refund_due', '{m}', gen_random_uuid(), 4000, 'refund_due', 'refund_due:4200', '{{\"order\": \"N1\", \"payment\": \"4200\"}}', now())"
        )
        await connection.close()
        await migrated(url)
        connection = await asyncpg.connect(url)
        rows = await connection.fetch(
            "SELECT number, transaction_id, amount_fen, total_fen, state, tries, round FROM payouts"
        )
        assert [tuple(row.values()) for row in rows] == [("D4200", "4200", 4000, 4000, "processing", 0, 0)]
        assert await connection.fetchval("SELECT refunded_fen + refunds FROM orders") == 0
        await connection.close()


async def test_coupons_of_before_budgets_count_what_they_promise(servers: tuple[str, str, Path]) -> None:
    """Migrations are forward only: under 0006 a drop gave three coupons, one used, one expired; after 0007 it counts what they
    promise and have spent, its templates know their face value, and the steps of each coupon are in order."""
    import subprocess
    import sys

    async with empty_database(servers[0]) as url:
        code = (
            "import asyncio; from tortoise.migrations.api.migrate import migrate;"
            " from backend.kit.database import tortoise_config;"
            f" asyncio.run(migrate(config=tortoise_config({url!r}), target='shuhui.0006_refund_lookups'))"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        connection = await asyncpg.connect(url)
        ids = [f"00000000-0000-7000-8000-00000000000{n}" for n in range(1, 7)]
        m, template, drop = ids[:3]
        await connection.execute("SET session_replication_role = replica")  # without foreign keys
        await connection.execute(
            'INSERT INTO coupon_templates (id, merchant_id, code, name, content, scope, "group", valid_hours, created_at)'
            f""" VALUES ('{template}', '{m}', 't', 't', '{{"off": {{"min": 0, "off": 700}}}}', '{{"all": true}}', 'coupon', 48, now())"""
        )
        await connection.execute(
            "INSERT INTO coupon_drops (id, merchant_id, template_id, name, state, starts_at, ends_at, total, issued, redeemed, per_member, created_at)"
            f" VALUES ('{drop}', '{m}', '{template}', 'd', 'published', now(), now(), 9, 3, 1, 3, now())"
        )
        for coupon, state in zip(ids[3:], ("issued", "redeemed", "expired"), strict=True):
            order = f"'{m}'" if state == "redeemed" else "NULL"
            await connection.execute(
                "INSERT INTO coupons (id, merchant_id, template_id, drop_id, member_id, code, state, source, claimed_at, valid_from, expires_at, order_id)"
                f" VALUES ('{coupon}', '{m}', '{template}', '{drop}', '{m}', '{coupon[-12:]}', '{state}', 'claim', now(), now(), now(), {order})"
            )
        for n, (before, after) in enumerate(
            (("NULL", "'issued'"), ("'issued'", "'locked'"), ("'redeemed'", "'returned'"), ("'returned'", "'issued'"))
        ):
            at = "now()" if n > 1 else f"now() - interval '{9 - n} hours'"
            await connection.execute(
                f"INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason) VALUES (gen_random_uuid(), '{m}', '{ids[3]}', {before}, {after}, {at}, 'a', 'b')"
            )
        await connection.close()
        await migrated(url)
        connection = await asyncpg.connect(url)
        row = await connection.fetchrow("SELECT promised_fen, spent_fen, access, placements FROM coupon_drops")
        assert tuple(row.values()) == (700, 700, "public", '["centre"]')
        assert await connection.fetchval("SELECT face_fen FROM coupon_templates") == 700
        steps = await connection.fetch("SELECT after FROM coupon_moves ORDER BY sequence")
        assert [step["after"] for step in steps] == ["issued", "locked", "returned", "issued"]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE coupon_moves SET actor = 'x'")
        await connection.close()
