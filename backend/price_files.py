"""`price FILE…`: scenario files in, one quote as one line of JSON per file out. No database."""

from __future__ import annotations

import json
import sys
from typing import TextIO

from backend import pricing
from backend.pricing import STEPS


def cli_price(paths: list[str], out: TextIO, err: TextIO, steps: int = STEPS) -> int:
    """Price files in the order given. Faults go to `err` as JSON lines, with the file and the place in it.

    Answers the exit code: 0, or 2 when any file was malformed or could not be read.
    """
    code = 0
    for path in paths:
        try:
            answer = {"file": path, **pricing.price_scenario(pricing.parse_scenario(load(path)), steps)}
        except pricing.Malformed as malformed:
            code = 2
            for problem in malformed.problems:
                print(dumps({"file": path, "path": problem.path, "message": problem.message}), file=err)
        else:
            print(dumps(answer), file=out)
    return code


def load(path: str) -> object:
    """The JSON in a file; a file that cannot be read is malformed at its root."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file, object_pairs_hook=_no_twice, parse_constant=_no_constant)
    except OSError as error:
        raise _fault(f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise _fault("is not UTF-8 text") from None
    except RecursionError:
        raise _fault("is nested too deeply") from None
    except ValueError as error:
        raise _fault(f"is not JSON: {error}") from None


def _no_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(n for n in names if names.count(n) > 1)} stands twice in one object")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a number")


def _fault(message: str) -> pricing.Malformed:
    return pricing.Malformed((pricing.Problem("", message),))


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def main(argv: list[str] | None = None) -> int:
    paths = sys.argv[1:] if argv is None else argv
    if not paths:
        print("usage: python -m backend.price_files FILE…", file=sys.stderr)
        return 2
    return cli_price(paths, sys.stdout, sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
