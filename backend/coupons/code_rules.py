"""Pure rules about codes (C8): how they are made, written, checked and read from files."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 characters that cannot be mistaken for one another
LENGTH = 12
MOST_CODES = 1_000_000
MOST_FAULTS = 200
"""Faults of a file that are told; the rest are counted."""
IMPORTED = re.compile(r"[A-Z0-9]{8,32}")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def coupon_code(merchant_id: UUID, coupon_id: UUID, secret: bytes) -> str:
    """12 characters: 11 from a keyed hash (55 bits, not guessable from other codes) and a check character (C8)."""
    value = int.from_bytes(
        hashlib.blake2b(merchant_id.bytes + coupon_id.bytes, key=secret[:64], digest_size=8).digest(), "big"
    )
    return written(value)


def written(value: int) -> str:
    """A code from 55 bits and its check character. `value` must come from a keyed hash or a secure random source."""
    body = "".join([ALPHABET[(value >> (5 * n)) & 31] for n in range(LENGTH - 1)])
    return body + check_character(body)


def check_character(body: str) -> str:
    """Finds every single wrong character: weights are odd, hence invertible modulo 32."""
    return ALPHABET[sum([ALPHABET.index(ch) * (2 * n + 1) for n, ch in enumerate(body)]) % 32]


def well_formed(code: str) -> bool:
    return len(code) == LENGTH and all(ch in ALPHABET for ch in code) and check_character(code[:-1]) == code[-1]


PAIRS = [first + second for second in ALPHABET for first in ALPHABET]
"""Two characters for ten bits, the lower five first: half the steps of a million codes."""


def codes_of(random: bytes) -> list[str]:
    """One code for every seven bytes of a secure random source (55 of their 56 bits)."""
    index, pairs = {ch: n for n, ch in enumerate(ALPHABET)}, PAIRS
    weigh = [index[p[0]] + 3 * index[p[1]] for p in pairs]
    step = [index[p[0]] + index[p[1]] for p in pairs]
    found = []
    for place in range(0, len(random), 7):
        v = int.from_bytes(random[place : place + 7], "big")
        a, b, c, d, e, f = v & 1023, v >> 10 & 1023, v >> 20 & 1023, v >> 30 & 1023, v >> 40 & 1023, v >> 50 & 31
        total = weigh[a] + weigh[b] + weigh[c] + weigh[d] + weigh[e]
        total += 4 * (step[b] + 2 * step[c] + 3 * step[d] + 4 * step[e]) + 21 * f
        found.append(f"{pairs[a]}{pairs[b]}{pairs[c]}{pairs[d]}{pairs[e]}{ALPHABET[f]}{ALPHABET[total & 31]}")
    return found


def normal(text: str) -> str:
    """A code as somebody typed it: full-width letters, small letters, spaces and hyphens do not matter."""
    return re.sub(r"[\s\-–—_]+", "", unicodedata.normalize("NFKC", text)).upper()


def shown(code: str) -> str:
    """In groups of four, as it is printed."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def shared_code_fault(code: str) -> str | None:
    """A shared code (口令) is chosen by people: 2–16 letters, digits or Chinese characters."""
    if not 2 <= len(code) <= 16 or not all(ch.isalnum() for ch in code):
        return "口令须是 2–16 个汉字、字母或数字，不含空格与标点"
    return None


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault in one line of a file; `row` counts from 1, the heading included."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class CodeFile:
    """What a file of codes holds: `rows[n]` is the line on which `codes[n]` stands."""

    codes: tuple[str, ...]
    rows: tuple[int, ...]
    faults: tuple[RowFault, ...]


def read_codes(text: str) -> CodeFile:
    """Codes of a CSV file, one a line in its first column; a heading line (code, 券码) may stand first. Every fault is
    told with its line: empty, too short or long, other characters, twice in the file, too many."""
    codes: list[str] = []
    rows: list[int] = []
    faults: list[RowFault] = []
    seen: dict[str, int] = {}
    lines, row = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=None)), 0
    while True:
        row += 1
        try:
            cells = next(lines)
        except StopIteration:
            break
        except csv.Error:  # a cell without an end
            faults.append(RowFault(row, "这一行不能读作 CSV：引号没有成对，或内容过长"))
            break
        raw = cells[0].strip().lstrip("'") if cells else ""
        code = normal(raw)
        if row == 1 and code in ("CODE", "CODES", "券码", "COUPONCODE"):
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if not IMPORTED.fullmatch(code):
            faults.append(RowFault(row, f"“{raw[:40]}” 不是券码：须是 8–32 个字母或数字"))
        elif code in seen:
            faults.append(RowFault(row, f"{code} 与第 {seen[code]} 行重复"))
        elif len(codes) == MOST_CODES:
            faults.append(RowFault(row, f"一个券码池最多 {MOST_CODES} 个券码"))
            break
        else:
            seen[code] = row
            codes.append(code)
            rows.append(row)
    if not codes and not faults:
        faults.append(RowFault(1, "文件里没有券码"))
    return CodeFile(tuple(codes), tuple(rows), tuple(faults))


def no_formula(value: str) -> str:
    """A text that no spreadsheet takes for a formula: a leading = + - @ tab or return gets an apostrophe before it."""
    return f"'{value}" if value.startswith(FORMULA) else value


def csv_cell(value: str) -> str:
    """A cell that is no formula, quoted where it must be."""
    safe = no_formula(value)
    return f'"{safe.replace(chr(34), chr(34) * 2)}"' if any(ch in safe for ch in ',"\r\n') else safe


def csv_lines(rows: Sequence[Sequence[str]]) -> str:
    """Lines of a CSV file (RFC 4180)."""
    return "".join(",".join(csv_cell(cell) for cell in row) + "\r\n" for row in rows)
