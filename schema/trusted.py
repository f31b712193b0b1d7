"""Trusted documents: with TRUSTED_DOCUMENTS=on only documents that a client was built with are run.

Clients name a document by its hash (`extensions.documentId`, or `extensions.persistedQuery.sha256Hash`); what runs is
the text registered under it, whatever text was sent beside it. Tills and marketplaces are not built here: theirs stand in
`schema/external.graphql`, each named `external:` and its own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse, print_ast

REPOSITORY = Path(__file__).resolve().parent.parent
REGISTERS = ("web/src/gql/persisted-documents.json", "miniapp/src/gql/persisted-documents.json")


EXTERNAL = "schema/external.graphql"


def external_documents(root: Path = REPOSITORY) -> dict[str, str]:
    """`external:Name` → text of each operation of external systems, with the fragments of the file."""
    parts = parse((root / EXTERNAL).read_text("utf-8")).definitions
    shared = {f.name.value: print_ast(f) for f in parts if isinstance(f, FragmentDefinitionNode)}
    found = {}
    for operation in (p for p in parts if isinstance(p, OperationDefinitionNode) and p.name):
        text = print_ast(operation)
        used = [fragment for name, fragment in shared.items() if f"...{name}" in text]
        assert operation.name is not None
        found[f"external:{operation.name.value}"] = "\n\n".join([text, *used])
    return found


class Untrusted(ValueError):
    """The document is not registered."""

    def __init__(self) -> None:
        super().__init__("这个查询没有登记：生产环境只接受客户端自带的查询，请升级客户端")


class TrustedDocuments:
    """hash (`sha256:…`), or `external:` and a name → text. Raises OSError when a register is missing: then nothing could ever be asked."""

    def __init__(self, root: Path = REPOSITORY) -> None:
        self._texts: dict[str, str] = external_documents(root)
        for register in REGISTERS:
            self._texts.update(orjson.loads((root / register).read_bytes()))

    def named(self, operation: str) -> str:
        """The text with the operation of this name. Raises KeyError where there is none, or more than one."""
        wanted = re.compile(rf"\b(query|mutation|subscription) {re.escape(operation)}\b")
        found = [text for text in self._texts.values() if wanted.search(text)]
        if len(found) != 1:
            raise KeyError(operation)
        return found[0]

    def text_of(self, body: Mapping[str, Any]) -> str:
        """The registered text that a request body or subscribe payload names. Raises `Untrusted`."""
        extensions = body.get("extensions")
        if not isinstance(extensions, Mapping):
            raise Untrusted
        persisted = extensions.get("persistedQuery")
        name = extensions.get("documentId") or (persisted.get("sha256Hash") if isinstance(persisted, Mapping) else None)
        text = self._texts.get(name if str(name).startswith(("sha256:", "external:")) else f"sha256:{name}")
        if text is None:
            raise Untrusted
        return text
