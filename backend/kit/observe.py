"""JSON logs with the request's id, Prometheus metrics, Sentry when a DSN is set (X03)."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from backend.settings import Settings

OPERATIONS = Counter(
    "shuhui_graphql_operations_total", "GraphQL operations by name and outcome", ["operation", "outcome"]
)
SECONDS = Histogram(
    "shuhui_graphql_seconds",
    "Time of a GraphQL operation in seconds",
    ["operation"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
SUBSCRIBERS = Gauge("shuhui_live_subscribers", "Open live subscriptions in this process")
CLAIMS = Counter("shuhui_claims_total", "Coupon claims by outcome", ["outcome"])


def configure(settings: Settings, process: str) -> None:
    """Logs as JSON lines on stderr; errors to Sentry when SENTRY_DSN is set."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(
        level=logging.WARNING,
        stream=sys.stderr,
        format='{"level":"%(levelname)s","logger":"%(name)s","event":"%(message)s"}',
    )
    # while PostgreSQL is away it would tell each failed try, with its traceback
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    if settings.sentry_dsn:
        import sentry_sdk  # noqa: PLC0415

        sentry_sdk.init(
            dsn=settings.sentry_dsn, environment=settings.environment, send_default_pii=False, before_send=_scrub
        )


def _scrub(event: Any, hint: Any) -> Any:
    """No personal data and no tokens leave with an error report."""
    request = event.get("request")
    if isinstance(request, dict):
        for key in ("data", "cookies", "query_string"):
            request.pop(key, None)
        headers = request.get("headers")
        if isinstance(headers, dict):
            headers.pop("authorization", None)
            headers.pop("Authorization", None)
    return event
