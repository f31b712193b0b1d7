"""Pure: the two windows of a pre-sale (预售): when its deposit is taken, and when its rest is paid.

An offer that counts deposits has them beside its rule, as `presale: {deposit_until, final_from}`: deposits are taken from the
promotion's start, the rest is paid until its end. The engine knows the second window alone, as the offer's condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FIELDS = ("deposit_until", "final_from")
LONGEST = timedelta(days=180)
"""From the first deposit to the end of the rest: WeChat Pay gives a deposit back for a year after it was paid."""
DEPOSIT_MOST_BP = 2_000
"""民法典 586: what is above a fifth of the contract has no effect as 定金."""


@dataclass(frozen=True, slots=True)
class Fault:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Windows:
    """Deposits are taken in [deposit_from, deposit_until), the rest is paid in [final_from, final_until)."""

    deposit_from: datetime
    deposit_until: datetime
    final_from: datetime
    final_until: datetime


def windows_of(offer: Mapping[str, Any], starts: datetime, ends: datetime) -> Windows | None:
    """The windows of an offer of a promotion that holds in [starts, ends); None where it is no pre-sale."""
    given = offer.get("presale")
    if not given:
        return None
    until, since = (datetime.fromisoformat(given[name]) for name in FIELDS)
    return Windows(starts, until, since, ends)


def given_from(offer: Mapping[str, Any], starts: datetime) -> datetime:
    """From when an offer takes money off: a pre-sale's with its rest."""
    found = windows_of(offer, starts, starts)
    return found.final_from if found else starts


def check(given: object, starts: datetime, ends: datetime, path: str) -> list[Fault]:
    """Faults of the windows that an operator wrote."""
    if not isinstance(given, Mapping) or set(given) != set(FIELDS):
        return [Fault(path, "预售须写明定金截止时间（deposit_until）与尾款开始时间（final_from），没有别的字段")]
    instants, faults = [], []
    for name in FIELDS:
        instant = _instant(given[name])
        instants.append(instant)
        if instant is None:
            faults.append(Fault(f"{path}.{name}", "须是带时区的时间，例如 2026-06-18T19:30:00+08:00"))
    until, since = instants
    if until is None or since is None:
        return faults
    if not starts < until:
        faults.append(Fault(f"{path}.deposit_until", "定金截止须晚于活动开始（定金从活动开始起收）"))
    if not until <= since:
        faults.append(Fault(f"{path}.final_from", "尾款开始不能早于定金截止"))
    if not since < ends:
        faults.append(Fault(f"{path}.final_from", "尾款开始须早于活动结束（尾款到活动结束为止）"))
    if ends - starts > LONGEST:
        faults.append(Fault(path, f"从开始收定金到尾款结束最长 {LONGEST.days} 天"))
    return faults


def _instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def keeps(deposit_fen: int, contract_fen: int) -> int:
    """What of a deposit may be forfeited: at most a fifth of the contract, rounded down."""
    return min(deposit_fen, contract_fen * DEPOSIT_MOST_BP // 10_000)


def unlawful(offer: Mapping[str, Any], prices: Mapping[str, int], path: str) -> list[Fault]:
    """A deposit that is too large for an article of the offer, at the list prices of now."""
    deposit, counts_as = offer["deposit"], offer["counts_as"]
    faults = []
    for n, sku in enumerate(offer["scope"]["skus"]):
        price = prices.get(sku)
        if price is None:
            continue  # unknown articles are named elsewhere
        if price < counts_as:
            faults.append(Fault(f"{path}.scope.skus[{n}]", f"{sku} 标价低于定金可抵的金额，付了定金也抵不完"))
        elif keeps(deposit, price - counts_as + deposit) < deposit:
            most = (price - counts_as) // 4
            faults.append(
                Fault(
                    f"{path}.deposit",
                    f"定金不能超过成交价的 20%（民法典第五百八十六条）：按 {sku} 的标价与可抵金额，每件最多 ¥{most // 100}.{most % 100:02d}",
                )
            )
    return faults
