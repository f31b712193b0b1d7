"""Codes that one person gives another: made so that they are not mistaken, read however they were typed."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def made(length: int) -> str:
    """A code that nobody can guess, five bits a character."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def written(text: str) -> str:
    """A code as somebody typed it: case, spaces and dashes do not matter."""
    return "".join(c for c in text.upper() if c not in " -　")[:40]
