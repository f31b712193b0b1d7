"""返券 earn_coupon: a coupon of a template, once or for every full `min`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import Field, OfferType, Reward
from backend.pricing.offers.earning_steps import STEP_FIELDS, Steps, read_steps
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class EarnCoupon(Steps):
    """`value` is what one coupon is worth to the customer, for ties and for what cannot be taken back."""

    template: str
    value: int = 0
    kind: ClassVar[str] = "earn_coupon"

    def earn(self, base: int, points: int, cap: int | None) -> Reward:
        return Reward(count=self.times(base, cap), template=self.template, value=self.value)

    def times_given(self, reward: Reward) -> int:
        return reward.count

    def zh(self) -> str:
        return f"{self.zh_when()}返券{self.template}一张"

    def en(self) -> str:
        return f"a coupon {self.template}{self.en_when()}"


def read(r: Reader) -> EarnCoupon:
    return EarnCoupon(*read_steps(r), r.text("template"), r.number("value", default=0))


TYPE = OfferType(
    "earn_coupon",
    "返券",
    "coupon earned",
    "EARN",
    "",
    100,
    read,
    (
        *STEP_FIELDS,
        Field("template", "text", "券模板", "template"),
        Field("value", "fen", "价值", "worth", required=False),
    ),
    what=("按实付满一定金额返优惠券", "A coupon for what is paid"),
    eg=("满99返一张券", "A coupon from ¥99"),
    kept=True,
)
