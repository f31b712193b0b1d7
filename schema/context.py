"""What a resolver may ask: the process's runtime, who is asking, and the loaders of this request."""

from __future__ import annotations

from typing import Any

from backend.kit.access import Viewer
from backend.runtime import Runtime


class Context:
    """One per request or websocket connection. `viewer` is None when no merchant is known."""

    def __init__(self, runtime: Runtime, viewer: Viewer | None, address: str, request: Any = None) -> None:
        self.runtime = runtime
        self.viewer = viewer
        self.address = address
        self.request = request
        self.response: Any = None
        self.connection_params: dict[str, Any] | None = None
        self.memory: dict[str, Any] = {}
