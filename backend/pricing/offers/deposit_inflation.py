"""定金膨胀 deposit_inflation: a deposit paid earlier counts as more when the rest is paid (定金50抵100)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.allocation import Run
from backend.pricing.model import MAX_FEN
from backend.pricing.offers.base import (
    Bound,
    Effect,
    Field,
    OfferType,
    Part,
    Piece,
    Plan,
    Taker,
    dearest,
    lines_of,
    worth,
    yuan,
)
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class DepositInflation(Effect):
    """For each unit with a deposit: `deposit` fen were paid, `counts_as` fen are deducted; the discount is the rest.

    A unit that costs less than `counts_as` is deducted to nothing: the customer gets no money back.
    """

    deposit: int
    counts_as: int
    kind: ClassVar[str] = "deposit_inflation"
    needs_deposit: ClassVar[bool] = True
    by_mean: ClassVar[bool] = False

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        """The dearest units first, at most `cap` of them; each run of equal units by itself."""
        _, units = worth(runs)
        parts = [
            Part([run], self._off(run.amount) * run.n)
            for run in dearest(runs, units if cap is None else cap)
            if self._off(run.amount) > 0
        ]
        given = [run for part in parts for run in part.runs]
        return Plan(parts, worth(given)[1], lines_of(given)) if parts else None

    def _off(self, amount: int) -> int:
        return min(amount, self.counts_as) - self.deposit

    # Bounds for the search. None may ever be too small.

    def most(self, base: int, count: int) -> int:
        num, den = self.rate()
        return min(base * num // den, (self.counts_as - self.deposit) * count)

    def rate(self) -> tuple[int, int]:
        # The part of a unit that is discounted is greatest where the unit costs just what the deposit counts as.
        return self.counts_as - self.deposit, self.counts_as

    def bounds(self, takers: list[Taker], cap: int | None) -> Bound:
        units = {t.line: t.units for t in takers}
        most = None if cap is None else cap * (self.counts_as - self.deposit)
        return [Piece(0, 1, lambda line, amount: units[line] * max(0, self._off(-(-amount // units[line]))), cap=most)]

    def zh(self) -> str:
        return f"定金{yuan(self.deposit)}抵{yuan(self.counts_as)}"

    def en(self) -> str:
        return f"a deposit of ¥{yuan(self.deposit)} counts as ¥{yuan(self.counts_as)}"


def read(r: Reader) -> DepositInflation:
    deposit = r.number("deposit", 1, MAX_FEN - 1)
    return DepositInflation(deposit, r.number("counts_as", deposit + 1))


TYPE = OfferType(
    "deposit_inflation",
    "定金膨胀",
    "deposit inflation",
    "ORDER",
    "deposit",
    110,
    read,
    (
        Field("deposit", "fen", "每件定金", "deposit for each unit"),
        Field("counts_as", "fen", "可抵", "counts as"),
    ),
    what=("先付定金预订，付尾款时定金抵更多", "A deposit now counts as more when the rest is paid"),
    eg=("定金50抵100", "¥50 counts as ¥100"),
    kept=True,
    needs_deposit=DepositInflation.needs_deposit,
)
