"""返红包 earn_red_packet: money to spend next time, once or for every full `min`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import Field, OfferType, Reward, yuan
from backend.pricing.offers.earning_steps import STEP_FIELDS, Steps, read_steps
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class EarnRedPacket(Steps):
    fen: int
    kind: ClassVar[str] = "earn_red_packet"

    def earn(self, base: int, points: int, cap: int | None) -> Reward:
        return Reward(fen=self.times(base, cap) * self.fen)

    def times_given(self, reward: Reward) -> int:
        return -(-reward.fen // self.fen)

    def zh(self) -> str:
        return f"{self.zh_when()}返{yuan(self.fen)}元红包"

    def en(self) -> str:
        return f"a red packet of ¥{yuan(self.fen)}{self.en_when()}"


def read(r: Reader) -> EarnRedPacket:
    return EarnRedPacket(*read_steps(r), r.number("fen", 1))


TYPE = OfferType(
    "earn_red_packet",
    "返红包",
    "red packet earned",
    "EARN",
    "",
    100,
    read,
    (*STEP_FIELDS, Field("fen", "fen", "红包金额", "amount")),
    what=("按实付满一定金额返红包", "A red packet for what is paid"),
    eg=("满99返5元红包", "¥5 back from ¥99"),
    kept=True,
)
