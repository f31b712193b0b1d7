"""Jobs that send messages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from arq import Retry

from backend import automation
from backend.kit.clock import now
from backend.runtime import Runtime


async def send_message(ctx: dict[str, Any], merchant_id: str, message_id: str) -> str:
    """Sends one queued message; tries again later (5 s, 20 s, 45 s …) when WeChat is busy."""
    runtime: Runtime = ctx["runtime"]
    outcome = await automation.send(runtime.wechat, UUID(merchant_id), UUID(message_id), now())
    if outcome == "retry":
        raise Retry(defer=5 * ctx["job_try"] ** 2)
    return outcome
