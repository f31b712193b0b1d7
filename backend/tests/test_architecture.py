"""The rules of docs/decisions and architecture that a test can hold, each seen to fail on a planted violation."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tortoise.models import Model

from backend.kit.database import MODEL_MODULES, SLICES
from backend.kit.rows import Row

ROOT = Path(__file__).resolve().parents[2]
TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+\"?([a-z_]+)\"?", re.ASCII)


def tables_of(folder: Path) -> set[str]:
    """Table names declared in a models file."""
    return set(re.findall(r'table = "([a-z_]+)"', (folder / "models.py").read_text("utf-8")))


def owners(root: Path) -> dict[str, str]:
    found = {table: name for name in SLICES for table in tables_of(root / "backend" / name)}
    return {**found, **dict.fromkeys(tables_of(root / "backend" / "kit"), "kit")}


ONE_STATEMENT = "backend/coupons/deciding.py"
"""The claim decides idempotency and writes the outbox in the statement that decides stock (decision 0003)."""


def foreign_tables(root: Path) -> list[str]:
    """Places where a slice (or the schema, or a worker) names a table that is not its own."""
    owner, bad = owners(root), []
    for file in [
        *(root / "backend").rglob("*.py"),
        *(root / "schema").rglob("*.py"),
        *(root / "workers").rglob("*.py"),
    ]:
        place = file.relative_to(root).parts
        if "tests" in place or "migrations" in place or place[:2] == ("backend", "invariants"):
            continue  # what must always be true of the tables of all slices is read where no product code can import it
        home = place[1] if place[0] == "backend" else place[0]
        text = file.read_text("utf-8")
        if "import duckdb" in text and "backend.kit import database" not in text:
            continue  # its SQL is over files: it cannot reach our tables
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|WITH)\b", node.value)
            ):
                bad += [
                    f"{file.relative_to(root)} uses {t} of {owner[t]}"
                    for t in TABLE.findall(node.value)
                    if t in owner
                    and owner[t] != home
                    and not (owner[t] == "kit" and str(file.relative_to(root)) == ONE_STATEMENT)
                ]
    return bad


def past_the_door(root: Path) -> list[str]:
    """Imports that enter a slice other than by its door (`from backend.orders.service import …` from outside orders)."""
    bad = []
    for file in [
        *(root / "backend").rglob("*.py"),
        *(root / "schema").rglob("*.py"),
        *(root / "workers").rglob("*.py"),
    ]:
        place = file.relative_to(root).parts
        if "tests" in place or "migrations" in place:
            continue
        home = place[1] if place[0] == "backend" else place[0]
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            for name in names:
                parts = name.split(".")
                if len(parts) > 2 and parts[0] == "backend" and parts[1] in (*SLICES, "pricing") and parts[1] != home:
                    bad.append(f"{file.relative_to(root)} imports {name}")
    return bad


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources into which a fault can be planted."""
    for name in ("backend", "schema", "workers"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text("utf-8") + "\n" + text + "\n", "utf-8")


def test_a_slices_tables_are_its_own() -> None:
    assert foreign_tables(ROOT) == []
    assert len(owners(ROOT)) > 25


def test_slices_are_entered_by_their_doors() -> None:
    assert past_the_door(ROOT) == []


def not_held(root: Path) -> list[str]:
    """Modules of rules that mypy does not check strictly, or that no contract keeps pure."""
    files = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["files"]
    typed = {path for pattern in files for path in root.glob(pattern)}
    pure = (root / ".importlinter").read_text("utf-8").split("[importlinter:contract:pure]")[1].split("forbidden_")[0]
    bad = []
    for file in sorted((root / "backend").glob("*/*rules.py")):
        if file.parent.name in ("tests", "pricing"):
            continue  # pricing is held as a whole
        module = ".".join(file.relative_to(root).with_suffix("").parts)
        bad += [] if file in typed else [f"{module} is not typed strictly"]
        bad += [] if module in pure.split() else [f"{module} is not kept pure"]
    return bad


def test_every_rules_module_is_typed_and_pure(copy: Path) -> None:
    """Architecture: a functional core; a module of rules that nobody listed is found."""
    assert not_held(ROOT) == []
    shutil.copy(ROOT / "pyproject.toml", copy)
    (copy / "backend" / "taxes").mkdir()  # the patterns in pyproject.toml leave out t, for tests, and p, for pricing
    (copy / "backend" / "taxes" / "rules.py").write_text("import time\n")
    assert not_held(copy) == [
        "backend.taxes.rules is not typed strictly",
        "backend.taxes.rules is not kept pure",
    ]


def test_import_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("backend/orders/service.py", "import backend.invariants"),  # the product leans on its own audit
        ("backend/ledger/service.py", "import backend.orders"),  # a lower slice reaches up
        ("backend/kit/ids.py", "import backend.merchants"),  # the kit knows a domain word
        ("backend/pricing/model.py", "import asyncio"),  # the core does I/O
        ("backend/orders/rules.py", "import time"),  # a rule reads the clock
        ("backend/coupons/rules.py", "from backend.kit import database"),  # a rule reads rows
        ("schema/orders.py", "import tortoise"),  # the face sees rows
        ("workers/messages.py", "import backend.automation.models"),
        ("backend/coupons/life.py", "import schema.base"),  # the domain knows its face
        ("backend/orders/service.py", "import backend.mall"),  # orders know nothing of the mall above them
        ("backend/mall/rules.py", "from backend.kit import clock"),
        ("backend/mall/items.py", "import backend.referrals"),  # neither knows of the other
    ],
)
def test_planted_import_is_found(copy: Path, file: str, line: str) -> None:
    append(copy / file, line)
    done = lint(copy)
    assert done.returncode == 1 and "BROKEN" in done.stdout, done.stdout


def test_planted_table_and_side_door_are_found(copy: Path) -> None:
    append(
        copy / "backend/orders/service.py",
        'SNEAKY = "SELECT balance FROM accounts"\nfrom backend.ledger.service import balances as sneaky',
    )
    assert foreign_tables(copy) == ["backend/orders/service.py uses accounts of ledger"]
    assert past_the_door(copy) == ["backend/orders/service.py imports backend.ledger.service"]


def test_every_table_has_a_merchant() -> None:
    """R04: by the common base of all rows."""
    for module in MODEL_MODULES:
        importlib.import_module(module)

    def below(kind: type[Model]) -> set[type[Model]]:
        return (
            {kind, *(x for sub in kind.__subclasses__() for x in below(sub))}
            if kind is not Model
            else {x for sub in kind.__subclasses__() for x in below(sub)}
        )

    ours = [m for m in below(Model) if m.__module__.startswith("backend.") and not m._meta.abstract]
    assert len(ours) > 25 and all(issubclass(m, Row) for m in ours)


def test_every_type_and_field_is_described() -> None:
    """GraphQL conventions: one sentence each."""
    from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

    from schema.root import make_schema

    missing = []
    for name, kind in make_schema(introspection=True)._schema.type_map.items():
        if name.startswith("__") or name in ("Query", "Mutation", "Subscription"):
            continue
        if not kind.description:
            missing.append(name)
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            missing += [f"{name}.{f}" for f, field in kind.fields.items() if not field.description]
        if isinstance(kind, GraphQLEnumType):
            missing += [f"{name}.{v}" for v, value in kind.values.items() if not value.description]
    assert missing == []


def test_schema_file_is_the_codes() -> None:
    from schema.export import FILE, sdl

    assert FILE.read_text("utf-8") == sdl()


def test_every_mutation_has_an_idempotency_key() -> None:
    """Architecture: every command carries the client's key; those of external systems carry their own request number."""
    from graphql import GraphQLInputObjectType, get_named_type

    from schema.root import make_schema

    mutation = make_schema(introspection=True)._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        assert list(field.args) == ["input"], name
        given = get_named_type(field.args["input"].type)
        assert isinstance(given, GraphQLInputObjectType)
        own = (
            "requestNo"
            if name in ("prepareOrder", "consumeOrder", "cancelRequest", "reverseOrder")
            else "idempotencyKey"
        )
        assert str(given.fields[own].type) == "ID!", name


def test_compose_file_is_well_formed_and_faults_in_it_are_found() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    from check_compose import problems

    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert problems(text) == []
    assert problems(text.replace("replicas: 2", "replicas: 1")) == ["api does not run twice"]
    assert any("redis" in p for p in problems(text.replace("\n  redis:\n", "\n  cache:\n")))
    assert problems("a: [") and problems("a: [")[0].startswith("not YAML")


KEPT = re.compile(r"pg_(try_)?advisory_lock\(|(^|; )SET (?!LOCAL )\w+ (\w+ )?(=|TO) |\bset_config\(|\bLISTEN \w")
"""What a session would keep after its connection went back to the pool."""


def kept_by_sessions(root: Path) -> list[str]:
    """Statements that leave something behind in a session (`kit.database.Connection`), but for who gives it back himself."""
    giving_back = {"import_runs.py", "migrate.py"}
    files = [file for part in ("backend", "schema", "workers") for file in (root / part).rglob("*.py")]
    bad = []
    for file in files:
        text = file.read_text("utf-8")
        aside = {"tests", "bench", "migrations"} & {*file.relative_to(root).parts}
        if aside or file.name in giving_back or "import duckdb" in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEPT.search(node.value):
                bad.append(f"{file.relative_to(root)}: {node.value[:80]}")
    return bad


def test_no_statement_changes_a_session(copy: Path) -> None:
    """What a session would keep is taken in a transaction; planted statements are found."""
    assert kept_by_sessions(copy) == []
    planted = copy / "backend" / "orders" / "planted.py"
    for statement in ("SELECT pg_advisory_lock($1)", "SET jit = off", "BEGIN; SET search_path TO x", "LISTEN outbox"):
        planted.write_text(f"SQL = {statement!r}\n")
        assert len(kept_by_sessions(copy)) == 1, statement
