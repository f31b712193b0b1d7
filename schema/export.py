"""`python -m schema.export` writes schema/schema.graphql, and the forms of all offer types for the console's tests; with
`--check` it fails when a file is not the code's."""

from __future__ import annotations

import json
import sys
from enum import Enum
from pathlib import Path
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from backend import pricing
from schema.promotions import OfferType
from schema.root import make_schema

FILE = Path(__file__).with_name("schema.graphql")
FORMS = FILE.parents[1] / "web/test/support/offer-types.json"


def sdl() -> str:
    return make_schema(introspection=True).as_str().strip() + "\n"


def forms() -> str:
    """What `offerTypes` answers, so that the console is tested with the forms that it will be given."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(x) for x in value]
        if isinstance(value, Enum):
            return value.name
        if not hasattr(value, "__dict__"):
            return value
        fields = {to_camel_case(name): plain(x) for name, x in vars(value).items()}
        return {"__typename": type(value).__name__, **fields}

    found = [plain(OfferType.made(kind)) for kind in pricing.TYPES.values()]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    files = {FILE: sdl(), FORMS: forms()}
    if "--check" in sys.argv:
        stale = [file for file, text in files.items() if file.read_text("utf-8") != text]
        for file in stale:
            print(f"{file.name} is not what the code says: run `python -m schema.export`", file=sys.stderr)
        return 1 if stale else 0
    for file, text in files.items():
        file.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
