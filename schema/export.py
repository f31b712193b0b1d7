"""`python -m schema.export` writes schema/schema.graphql; with `--check` it fails when the file is not the code's."""

from __future__ import annotations

import sys
from pathlib import Path

from schema.root import make_schema

FILE = Path(__file__).with_name("schema.graphql")


def sdl() -> str:
    return make_schema(introspection=True).as_str().strip() + "\n"


def main() -> int:
    if "--check" in sys.argv:
        if FILE.read_text("utf-8") != sdl():
            print("schema/schema.graphql is not what the code says: run `python -m schema.export`", file=sys.stderr)
            return 1
        return 0
    FILE.write_text(sdl(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
