"""集点 earn_stamps: so many stamps, once or for every full `min`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import Field, OfferType, Reward
from backend.pricing.offers.earning_steps import STEP_FIELDS, Steps, read_steps
from backend.pricing.offers.wording import counted
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class EarnStamps(Steps):
    """`value` is what one stamp is worth to the customer, for ties and for what cannot be taken back."""

    count: int
    value: int = 0
    kind: ClassVar[str] = "earn_stamps"

    def earn(self, base: int, points: int, cap: int | None) -> Reward:
        return Reward(count=self.times(base, cap) * self.count, value=self.value)

    def times_given(self, reward: Reward) -> int:
        return -(-reward.count // self.count)

    def zh(self) -> str:
        return f"{self.zh_when()}集{self.count}点"

    def en(self) -> str:
        return f"{counted(self.count, 'stamp')}{self.en_when()}"


def read(r: Reader) -> EarnStamps:
    return EarnStamps(*read_steps(r), r.number("count", 1, 9999), r.number("value", default=0))


TYPE = OfferType(
    "earn_stamps",
    "集点",
    "stamps earned",
    "EARN",
    "",
    100,
    read,
    (
        *STEP_FIELDS,
        Field("count", "count", "集几点", "stamps", unit=("点", "stamps"), usual=1),
        Field("value", "fen", "每点价值", "worth of one", required=False),
    ),
    what=("按实付集点", "Stamps for what is paid"),
    eg=("每满50集1点", "1 stamp for every ¥50"),
    kept=True,
)
