"""What a resolver may ask: the process's runtime, and who is asking."""

from __future__ import annotations

from typing import Any

from backend.kit.access import Viewer
from backend.runtime import Runtime
from schema.trusted import TrustedDocuments


class Context:
    """One per request or websocket connection. `viewer` is None when no merchant is known."""

    def __init__(
        self, runtime: Runtime, viewer: Viewer | None, address: str, trusted: TrustedDocuments | None = None
    ) -> None:
        self.runtime = runtime
        self.viewer = viewer
        self.address = address
        self.trusted = trusted
        self.connection_params: dict[str, Any] | None = None
