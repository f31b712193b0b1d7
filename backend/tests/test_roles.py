"""L7, R02: the application's own database role can add to what is append-only and never rewrite it, whatever it sends; `shuhui
invariants` tells a role that could (decision 0036)."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from backend.invariants.ledger import KEPT as LOOKED_AT
from backend.invariants.ledger import ROLE
from backend.kit import database, embedded
from backend.kit.found import running_servers
from backend.kit.roles import CHANGED, DELETED, KEPT, READ, admit, role_of
from backend.tests.conftest import Shop, place
from backend.tests.test_schema_drift import empty_database

APP = embedded.APPLICATION


async def kept(shop: Shop) -> list[str]:
    """Tables that may only be added to."""
    return [row["name"] for row in await shop.world.owner.fetch(KEPT, list(CHANGED))]


async def test_the_applications_role_rewrites_nothing(shop: Shop) -> None:
    """L7: no entry can be updated, deleted or emptied by the role that the application logs in with, be it past a trigger that it
    would switch off, replace or drop; it may not make itself somebody who can."""
    await place(await shop.shopper(), {"BEEF": 1})
    tables = await kept(shop)
    assert {"entries", "transfers", "journal_entries", "journal_lines", "coupon_moves", "refunds"} < set(tables)
    pool = database.pool()
    assert await pool.fetchval("SELECT current_user") == APP
    for table in tables:
        for sql in (
            f"UPDATE {table} SET merchant_id = merchant_id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} DISABLE TRIGGER USER",
            f"DROP TABLE {table}",
            f"CREATE RULE planted AS ON INSERT TO {table} DO INSTEAD NOTHING",
            f"CREATE TRIGGER planted BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION forbid_change()",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(sql)
    for sql in (
        "SET session_replication_role = replica",
        f"SET ROLE {embedded.OWNER}",
        f"ALTER ROLE {APP} SUPERUSER",
        f"GRANT {embedded.OWNER} TO {APP}",
        "CREATE OR REPLACE FUNCTION public.forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TABLE public.planted (id int)",
        "DROP SCHEMA public CASCADE",
        "DELETE FROM orders",
        "DELETE FROM tortoise_migrations",
        "UPDATE offer_versions SET definition = '{}'",
        "UPDATE lotteries SET points = 1",
        "UPDATE lottery_prizes SET odds = 1",
    ):
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.InvalidGrantOperationError)):
            await pool.execute(sql)


async def test_every_append_only_table_is_looked_at(shop: Shop) -> None:
    """L7: what `shuhui invariants` looks at is what the triggers of the database keep, no table less."""
    assert {row[0] for row in await database.fetch(f"SELECT name FROM {LOOKED_AT}")} == set(await kept(shop))


async def test_what_the_role_is_given(shop: Shop) -> None:
    """R02: no right beyond the one list: deleting from one table, three tables by column, no table emptied, none owned."""
    found = await shop.world.owner.fetch(
        "SELECT c.relname AS name, has_table_privilege($1, c.oid, 'INSERT') AS adds, has_table_privilege($1, c.oid, 'UPDATE') AS changes,"
        " has_table_privilege($1, c.oid, 'DELETE') AS deletes, has_table_privilege($1, c.oid, 'TRUNCATE, REFERENCES, TRIGGER') AS more"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
        APP,
    )
    only_added = {*await kept(shop), *CHANGED, *READ}
    assert {r["name"] for r in found if not r["adds"]} == set(READ)
    assert {r["name"] for r in found if not r["changes"]} == only_added
    assert {r["name"] for r in found if r["deletes"]} == set(DELETED)
    assert not [r["name"] for r in found if r["more"]]


async def wrong(connection: asyncpg.Connection) -> list[str]:
    return [row["wrong"] for row in await connection.fetch(ROLE, None) if row["wrong"]]


@pytest.mark.parametrize(
    ("plant", "word"),
    [
        ("ALTER ROLE {role} SUPERUSER", "superuser"),
        ("GRANT UPDATE ON entries TO {role}", "entries"),
        ("GRANT UPDATE (fen) ON journal_lines TO {role}", "journal_lines"),
        ("GRANT DELETE ON coupon_moves TO PUBLIC", "coupon_moves"),
        ("GRANT TRIGGER ON transfers TO {role}", "transfers"),
        ("GRANT pg_write_all_data TO {role}", "entries, journal_entries"),
        ("GRANT SET ON PARAMETER session_replication_role TO {role}", "switch triggers off"),
        ("ALTER TABLE entries OWNER TO {role}", "entries"),
        ("ALTER SCHEMA public OWNER TO {role}", "owns the database"),
        ("CREATE ROLE {role}_x SUPERUSER; GRANT {role}_x TO {role}", "may become a superuser"),
        (f"GRANT {embedded.OWNER} TO {{role}} WITH INHERIT FALSE, SET TRUE", "may become a superuser"),
        (
            "CREATE ROLE {role}_x; GRANT UPDATE ON entries TO {role}_x; GRANT {role}_x TO {role} WITH INHERIT FALSE",
            "entries",
        ),
        ("GRANT pg_write_all_data TO {role} WITH INHERIT FALSE", "entries"),
        (
            "CREATE ROLE {role}_x; GRANT SET ON PARAMETER session_replication_role TO {role}_x; GRANT {role}_x TO {role} WITH INHERIT FALSE",
            "switch triggers off",
        ),
        ("GRANT pg_execute_server_program TO {role}", "files of the server"),
        ("GRANT pg_write_server_files TO {role}", "files of the server"),
        ("GRANT UPDATE ON offer_versions TO {role}", "promised in offer_versions"),
        ("GRANT UPDATE (odds) ON lottery_prizes TO {role}", "promised in lottery_prizes"),
        ("GRANT DELETE ON lotteries TO {role}", "promised in lotteries"),
    ],
)
async def test_a_role_that_could_is_told(shop: Shop, plant: str, word: str) -> None:
    """L7: each way in which the application's role could come by the right to rewrite is found by the look at it."""
    async with shop.world.owner.acquire() as owner:
        whole = owner.transaction()
        await whole.start()
        try:
            role = "planted_" + secrets.token_hex(4)
            await admit(owner, role, None)
            await owner.execute(f"SET LOCAL ROLE {role}")
            assert await wrong(owner) == []
            await owner.execute("RESET ROLE")
            await owner.execute(plant.format(role=role))
            await owner.execute(f"SET LOCAL ROLE {role}")
            (told,) = await wrong(owner)
            assert told.startswith(f"role {role} can rewrite") and word in told
        finally:
            await whole.rollback()


async def test_an_installation_of_one_role_is_told_and_moved(shop: Shop) -> None:
    """L7: where the application logs in as the owner, `shuhui invariants` ends with 1 and says so; `shuhui migrate` with both
    addresses makes the other role, with its password, gives it what it needs and takes away what it had beyond that."""
    settings = shop.world.settings
    role, password = f"app-{secrets.token_hex(4)}", "p%ss/'wort"

    async with copied(settings.owner_url) as url:
        as_owner = env(DATABASE_URL=url)
        done = await shuhui("invariants", **as_owner)
        assert done.returncode == 1 and "superuser" in done.stdout, done.stdout + done.stderr
        refused = await shuhui("migrate", **{**as_owner, "SHUHUI_ENV": "production", "SHUHUI_SECRET": "s" * 40})
        assert refused.returncode == 2 and "DATABASE_OWNER_URL" in refused.stderr and refused.stderr.count("\n") == 1

        address = url.replace(f"//{embedded.OWNER}@", f"//{role}:p%25ss%2F'wort@")
        assert role_of(address) == (role, password)
        try:
            for _ in range(2):
                done = await shuhui("migrate", **env(DATABASE_URL=address, DATABASE_OWNER_URL=url))
                assert done.returncode == 0, done.stderr
                done = await shuhui("invariants", **env(DATABASE_URL=address))
                assert done.returncode == 0, done.stdout + done.stderr
                owner = await asyncpg.connect(url)
                await owner.execute(f'GRANT UPDATE ON entries TO "{role}"')
                assert (await shuhui("invariants", **env(DATABASE_URL=address))).returncode == 1
                stored = await owner.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = $1", role)
                assert stored.startswith("SCRAM-SHA-256$")
                await owner.close()
        finally:
            owner = await asyncpg.connect(url)
            await owner.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
            await owner.close()


def test_servers_of_an_older_run_are_found(tmp_path: Path) -> None:
    """X02: an `up` of before there were two roles left one address; commands use it for both."""
    (tmp_path / "servers.json").write_text(
        '{"database": "postgres://shuhui@127.0.0.1:1/shuhui", "redis": "redis://127.0.0.1:1/0"}'
    )
    found = running_servers(tmp_path)
    assert found is not None and found.owner == found.database


async def test_two_databases_of_one_server_are_migrated_at_once(shop: Shop) -> None:
    """R02: roles belong to the server: of several that make the same one at the same moment none fails, and all are admitted."""
    role = f"both_{secrets.token_hex(4)}"
    async with copied(shop.world.settings.owner_url) as one, copied(shop.world.settings.owner_url) as two:
        owners = [await asyncpg.connect(url) for url in (one, two)]
        try:
            await asyncio.gather(*(admit(owner, role, None) for owner in owners))
            for owner in owners:
                assert await owner.fetchval("SELECT has_table_privilege($1, 'entries', 'INSERT')", role)
        finally:
            for owner in owners:
                await owner.execute(f"DROP OWNED BY {role}")
            await owners[0].execute(f"DROP ROLE {role}")
            for owner in owners:
                await owner.close()


@asynccontextmanager
async def copied(owner_url: str) -> AsyncIterator[str]:
    """A database of its own, migrated; the owner's address."""
    async with empty_database(owner_url) as url:
        done = await shuhui("migrate", **env(DATABASE_URL=url))
        assert done.returncode == 0, done.stderr
        yield url


def env(**more: str) -> dict[str, str]:
    return {"REDIS_URL": "redis://127.0.0.1:1/0", "SHUHUI_ENV": "test", **more}


async def shuhui(*arguments: str, **servers: str) -> subprocess.CompletedProcess[str]:
    known = {k: v for k, v in os.environ.items() if k != "DATABASE_OWNER_URL"}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "backend.cli", *arguments],
        env={**known, **servers},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
