"""What stands around every operation: documents are read and checked once, errors are masked, all is measured.

One extension and not one a concern: Strawberry enters every hook of every extension anew for each request, which cost a
tenth of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache

import structlog
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    ValidationRule,
    parse,
    specified_rules,
    validate,
)
from sentry_sdk import capture_exception
from strawberry.extensions import MaskErrors
from strawberry.extensions.max_aliases import create_validator as alias_rule
from strawberry.extensions.query_depth_limiter import create_validator as depth_rule

from backend.kit import database
from backend.kit.observe import OPERATIONS, SECONDS
from schema.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS, CostLimit

log = structlog.get_logger("graphql")

RULES: tuple[type[ValidationRule], ...] = (CostLimit, depth_rule(MAX_DEPTH, None), alias_rule(MAX_ALIASES))
REMEMBERED = 500
"""Documents that a process remembers."""

AWAY_SECONDS = 3
AWAY = "服务暂时连不上数据库，请几秒后重试；重试不会重复领取或下单"
INTERNAL = "服务器内部错误，我们已收到记录，请稍后再试"
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
ESCAPED = re.compile(r"\\u(0000|[dD][89a-fA-F])")

Checked = Callable[[str], tuple[DocumentNode, list[GraphQLError]]]


def checked(schema: Callable[[], GraphQLSchema], *, introspection: bool) -> Checked:
    """text → document and its faults; each text once. Raises GraphQLError for what is no document."""
    rules = (*specified_rules, *RULES, *(() if introspection else (NoSchemaIntrospectionCustomRule,)))

    @lru_cache(maxsize=REMEMBERED)
    def check(text: str) -> tuple[DocumentNode, list[GraphQLError]]:
        document = parse(text, max_tokens=MAX_TOKENS)
        return document, validate(schema(), document, rules)

    return check


def is_internal(error: GraphQLError) -> bool:
    """Errors that we did not mean: their text stays inside."""
    if error.original_error is None or isinstance(error.original_error, GraphQLError):
        return False
    # a value that a scalar refused is the client's fault and names the place
    return not (isinstance(error.original_error, ValueError) and error.path is None)


def writable(value: object) -> bool:
    """Whether every text in a value can be stored: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return UNWRITABLE.search(value) is None
    if isinstance(value, Mapping):
        return all(writable(k) and writable(v) for k, v in value.items())
    return all(writable(v) for v in value) if isinstance(value, (list, tuple)) else True


class Guard(MaskErrors):
    """One for each request."""

    def __init__(self, check: Checked) -> None:
        super().__init__(should_mask_error=is_internal, error_message=INTERNAL)
        self._check = check

    def on_operation(self) -> Iterator[None]:
        """Metrics of the operation around it; its document in place of reading and checking the text again."""
        started, context = time.perf_counter(), self.execution_context
        context.parse_options["max_tokens"] = MAX_TOKENS
        with suppress(
            GraphQLError
        ):  # what is no document is read again by Strawberry, which tells what is wrong with it
            context.graphql_document, context.pre_execution_errors = self._check(context.query or "")
        yield from super().on_operation()
        name = context.operation_name or "anonymous"
        name = name if len(name) <= 40 and name.isidentifier() else "other"
        errors = getattr(context.result, "errors", None) or []
        OPERATIONS.labels(name, "error" if errors else "ok").inc()
        SECONDS.labels(name).observe(time.perf_counter() - started)

    def on_execute(self) -> Iterator[None]:
        """Refuses text that PostgreSQL cannot store, before anything runs."""
        context = self.execution_context
        query = context.query or ""
        if not writable(context.variables or {}) or ESCAPED.search(query) or not writable(query):
            raise GraphQLError("文字里有不能保存的字符（NUL 或不成对的代理字符）", extensions={"code": "BAD_REQUEST"})
        yield

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """Records what is internal, then masks it."""
        if isinstance(error.original_error, database.OUTAGES):
            log.warning("database_away", error=type(error.original_error).__name__)
            told = GraphQLError(AWAY, error.nodes, path=error.path)
            told.extensions = {"code": "UNAVAILABLE", "retryAfterSeconds": AWAY_SECONDS}
            return told
        log.error("resolver_failed", path=[str(p) for p in error.path or []], exc_info=error.original_error)
        capture_exception(error.original_error)
        masked = super().anonymise_error(error)
        masked.extensions = {"code": "INTERNAL"}
        return masked
