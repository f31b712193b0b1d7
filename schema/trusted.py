"""Trusted documents: with TRUSTED_DOCUMENTS=on only documents that a client was built with are run.

Clients name a document by its hash (`extensions.documentId`, or `extensions.persistedQuery.sha256Hash`); what runs is
the text registered under it, whatever text was sent beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

REPOSITORY = Path(__file__).resolve().parent.parent
REGISTERS = ("web/src/gql/persisted-documents.json", "miniapp/src/gql/persisted-documents.json")


class Untrusted(ValueError):
    """The document is not registered."""

    def __init__(self) -> None:
        super().__init__("这个查询没有登记：生产环境只接受客户端自带的查询，请升级客户端")


class TrustedDocuments:
    """hash (`sha256:…`) → text. Raises OSError when a register is missing: then nothing could ever be asked."""

    def __init__(self, root: Path = REPOSITORY) -> None:
        self._texts: dict[str, str] = {}
        for register in REGISTERS:
            self._texts.update(orjson.loads((root / register).read_bytes()))

    def text_of(self, body: Mapping[str, Any]) -> str:
        """The registered text that a request body or subscribe payload names. Raises `Untrusted`."""
        extensions = body.get("extensions")
        if not isinstance(extensions, Mapping):
            raise Untrusted
        persisted = extensions.get("persistedQuery")
        name = extensions.get("documentId") or (persisted.get("sha256Hash") if isinstance(persisted, Mapping) else None)
        text = self._texts.get(name if str(name).startswith("sha256:") else f"sha256:{name}")
        if text is None:
            raise Untrusted
        return text
