"""Two database roles (L7, R02; docs/decisions/0036): the owner of the tables, which migrates and nothing else, and the application's,
which may add to append-only tables and never change, delete, empty or switch anything off, whatever it sends."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import asyncpg

DELETED = ("drop_viewers",)
"""What the application deletes from: counts by person and day, once they are over. Everything else is kept."""

CHANGED = {
    "offer_versions": ("retired_at",),
    "lotteries": ("draws", "state", "stopped_at", "stopped_by", "stop_reason"),
    "lottery_prizes": ("won", "stock"),
}
"""Promises: only these columns may be changed (in which way, their triggers say)."""

KEPT = """
SELECT DISTINCT g.tgrelid::regclass::text AS name FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
WHERE p.proname = 'forbid_change' AND g.tgtype & 17 = 17 AND g.tgrelid::regclass::text <> ALL($1)
"""
"""Tables that may only be added to: those with a trigger that forbids each row's update (tgtype: 1 for each row, 16 update)."""

READ = ("tortoise_migrations",)


def role_of(url: str) -> tuple[str, str | None]:
    """User and password of a database's address."""
    parts = urlsplit(url)
    return unquote(parts.username or "shuhui"), unquote(parts.password) if parts.password else None


async def admit(owner: asyncpg.Connection, user: str, password: str | None) -> None:
    """Makes the application's role if it is not there (a password that was changed is not: `ALTER ROLE`), and gives it exactly what
    it needs in this database; what it was itself given beyond that there is taken away (what it has through other roles, PUBLIC or as a
    superuser is not: L7 tells it). In one transaction, as often as one likes."""
    async with owner.transaction():
        if not await owner.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", user):
            make = "CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            try:
                async with owner.transaction():  # migrations of another database of this server may come first
                    await owner.execute(
                        await owner.fetchval(
                            "SELECT format($1::text, $2::text, $3::text)",
                            make + (" PASSWORD %L" if password else ""),
                            user,
                            password,
                        )
                    )
            except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                pass
        role = await owner.fetchval("SELECT quote_ident($1)", user)
        for sql in await _grants(owner, role):
            await owner.execute(sql)
        await owner.execute(
            await owner.fetchval("SELECT format('REVOKE CREATE ON DATABASE %I FROM ' || $1, current_database())", role)
        )


async def _grants(owner: asyncpg.Connection, role: str) -> list[str]:
    kept = [row["name"] for row in await owner.fetch(KEPT, list(CHANGED))]
    tables = [
        row["name"]
        for row in await owner.fetch(
            "SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1"
        )
    ]
    added = [name for name in tables if name not in READ]
    changed = [name for name in added if name not in kept and name not in CHANGED]
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT INSERT ON {', '.join(added)} TO {role}",
        f"GRANT UPDATE ON {', '.join(changed)} TO {role}",
        *(f"GRANT UPDATE ({', '.join(columns)}) ON {name} TO {role}" for name, columns in CHANGED.items()),
        f"GRANT DELETE ON {', '.join(DELETED)} TO {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ]
