"""A load of GraphQL over HTTP with as little work on this side as can be: kept connections, requests made beforehand."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any


def request(port: int, merchant: str, token: str, document: str, variables: dict[str, Any]) -> bytes:
    body = json.dumps({"query": document, "variables": variables}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nX-Shuhui-Merchant: {merchant}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send_all(port: int, requests: Sequence[bytes], connections: int) -> tuple[float, list[float], list[bytes]]:
    """(seconds, seconds of each request, bodies), `connections` at a time, each with one request on its way."""
    numbers, spent, bodies = iter(range(len(requests))), [0.0] * len(requests), [b""] * len(requests)
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(min(connections, len(requests)))]

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for n in numbers:
            began = time.perf_counter()
            writer.write(requests[n])
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            bodies[n] = await reader.readexactly(length)
            spent[n] = time.perf_counter() - began
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one(*connection) for connection in opened))
    return time.perf_counter() - began, spent, bodies


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, -(-int(len(values) * share * 1000) // 1000) - 1)]
