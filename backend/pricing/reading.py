"""Reading untrusted data: every fault is noted with its path, and reading goes on so that all are found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backend.pricing.model import MAX_FEN, Malformed, Problem


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


class Reader:
    """A JSON object at a path. What is asked for is marked as known; `finish` reports every other field."""

    def __init__(self, data: object, path: str, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems
        self.known: set[str] = set()
        self.data: dict[str, Any] = {}
        if isinstance(data, dict):
            self.data = data
        else:
            self.fault("", f"must be an object, not {short(data)}")

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def fault(self, key: str, message: str) -> None:
        self.problems.append(Problem(self.at(key), message))

    def has(self, key: str) -> bool:
        self.known.add(key)
        return key in self.data

    def take(self, key: str, required: bool) -> Any:
        """The value, or None when the field is left out; a JSON null counts as a fault."""
        self.known.add(key)
        if key not in self.data:
            if required:
                self.fault(key, "is required")
            return None
        value = self.data[key]
        if value is None:
            self.fault(key, "must not be null; leave the field out instead")
        return value

    def number(self, key: str, least: int = 0, most: int = MAX_FEN, default: int | None = None) -> int:
        """A whole number; without a default it is required."""
        value = self.take(key, default is None)
        if value is None:
            return least if default is None else default
        found = whole(value, least, most, self.at(key), self.problems)
        return least if found is None else found

    def maybe_number(self, key: str, least: int = 0, most: int = MAX_FEN) -> int | None:
        return self.number(key, least, most) if self.has(key) else None

    def text(self, key: str, default: str | None = None, blank: bool = False) -> str:
        value = self.take(key, default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str):
            self.fault(key, f"must be a text, not {short(value)}")
            return default or ""
        if not value and not blank:
            self.fault(key, "must not be empty")
        return str(value)

    def maybe_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.take(key, default is None)
        if value is None:
            return default or choices[0]
        if not isinstance(value, str) or value not in choices:
            self.fault(key, f"must be one of {', '.join(choices)}, not {short(value)}")
            return default or choices[0]
        return str(value)

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.take(key, False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(key, f"must be true or false, not {short(value)}")
            return default
        return value

    def time(self, key: str, required: bool = False) -> datetime | None:
        value = self.take(key, required)
        return None if value is None else moment(value, self.at(key), self.problems)

    def items(self, key: str, required: bool = False, empty: bool = True) -> list[tuple[str, Any]]:
        """The elements of a list, each with its path."""
        value = self.take(key, required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(key, f"must be a list, not {short(value)}")
            return []
        if not value and not empty:
            self.fault(key, "must not be empty")
        return [(f"{self.at(key)}[{i}]", v) for i, v in enumerate(value)]

    def texts(self, key: str, empty: bool = True) -> tuple[str, ...]:
        found = []
        for path, value in self.items(key, empty=empty):
            if isinstance(value, str) and value:
                found.append(value)
            else:
                self.problems.append(Problem(path, f"must be a text that is not empty, not {short(value)}"))
        return tuple(found)

    def objects(self, key: str, required: bool = False, empty: bool = True) -> Iterator[Reader]:
        for path, value in self.items(key, required, empty):
            yield Reader(value, path, self.problems)

    def object(self, key: str, required: bool = False) -> Reader | None:
        value = self.take(key, required)
        return None if value is None else Reader(value, self.at(key), self.problems)

    def counts(self, key: str) -> dict[str, int]:
        """An object of whole numbers, such as stock by offer id."""
        inner = self.object(key)
        if inner is None:
            return {}
        found = {}
        for name, value in inner.data.items():
            number = whole(value, 0, MAX_FEN, inner.at(str(name)), self.problems)
            if number is not None:
                found[str(name)] = number
        return found

    def finish(self) -> None:
        for key in self.data:
            if key not in self.known:
                self.fault(str(key), "is not a known field")


def whole(value: object, least: int, most: int, path: str, problems: list[Problem]) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        problems.append(Problem(path, f"must be a whole number, not {short(value)}"))
    elif value < least:
        problems.append(Problem(path, f"must be at least {least}, not {value}"))
    elif value > most:
        problems.append(Problem(path, f"must be at most {most}, not {short(value)}"))
    else:
        return value
    return None


def moment(value: object, path: str, problems: list[Problem]) -> datetime | None:
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is not None and found.tzinfo is not None:
            return found
        if found is not None:
            problems.append(Problem(path, "must have a zone, as in 2026-06-18T19:30:00+08:00"))
            return None
    problems.append(Problem(path, f"must be a time such as 2026-06-18T19:30:00+08:00, not {short(value)}"))
    return None


def refuse(problems: list[Problem]) -> None:
    if problems:
        raise Malformed(tuple(problems))
