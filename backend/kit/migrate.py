"""Runs the migrations, one process at a time."""

from __future__ import annotations

import asyncpg
from tortoise import Tortoise
from tortoise.migrations import Migration, operations
from tortoise.migrations.api.migrate import migrate as tortoise_migrate
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

from backend.kit.database import tortoise_config
from backend.kit.roles import admit, role_of

LOCK = 0x5348_5548  # any constant; held for the length of the migration

FORWARD = (
    operations.CreateModel,
    operations.AddField,
    operations.AddIndex,
    operations.AddConstraint,
    operations.AlterModelOptions,
    operations.RunSQL,
)
"""Operations that look at the models after them alone."""

_apply = Migration.apply


async def _apply_sparingly(
    self: Migration,
    state: State,
    *,
    dry_run: bool = False,
    schema_editor: BaseSchemaEditor | None = None,
    collect_sql: bool = False,
) -> State:
    """As tortoise does it, but the models before an operation are copied only for one that looks at them. Copying all models
    before each of two hundred operations was three quarters of the time until an empty database was ready."""
    if dry_run or collect_sql or schema_editor is None:
        return await _apply(self, state, dry_run=dry_run, schema_editor=schema_editor, collect_sql=collect_sql)
    for operation in self.operations:
        before = state if type(operation) in FORWARD else state.clone()
        operation.state_forward(self.app_label, state)
        await self._run_database_forward(operation, before, state, schema_editor, True)
    state.validate_relations_initialized()
    return state


Migration.apply = _apply_sparingly  # type: ignore[method-assign]


async def migrate(url: str, application: str | None = None) -> None:
    """Brings the database at `url` to the newest schema; does nothing when it is there already. `url` is the owner's address,
    `application` the one with which the application logs in: its role is made and given what it needs (backend/kit/roles.py).
    Where both are one role, nothing is given or taken, and L7 says so."""
    gate = await asyncpg.connect(url)
    try:
        await gate.execute("SELECT pg_advisory_lock($1)", LOCK)
        await tortoise_migrate(config=tortoise_config(url))
        await Tortoise.close_connections()
        user, password = role_of(application or url)
        if user != role_of(url)[0]:
            await admit(gate, user, password)
    finally:
        await gate.close()
