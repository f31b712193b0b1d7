"""Steps of the simulation that are about reviews and shares (B04); every one may die in the middle and is asked again by the same key."""

from __future__ import annotations

from typing import Any
from uuid import uuid5

from backend import engagement


class EngagementSteps:
    """What members do beside buying, and clerks about it; `Shop` has it beside its own steps."""

    async def review(self: Any) -> None:
        """A member reviews something of an order, completed or not, come back or not."""
        order = self._some(lambda o: o.id in self.paid)
        if order is None:
            return
        sku, key, at = self.rng.choice(order.lines)[0], self.key(), self.at
        answer = await self.command(
            lambda: engagement.review(
                self.merchant_id, order.member_id, order.id, sku, 4, "味道不错，下次再来", key, at
            )
        )
        self.tally.done[f"review {type(answer).__name__}"] += 1
        if isinstance(answer, engagement.ReviewInfo):
            self.reviewed.add(answer.id)
        else:
            assert isinstance(answer, engagement.NotReviewable | engagement.Reviewed), answer

    async def hide_review(self: Any) -> None:
        """A clerk hides one."""
        if self.reviewed:
            one, key = self.rng.choice(sorted(self.reviewed)), self.key()
            answer = await self.command(
                lambda: engagement.hide(self.merchant_id, "staff:clerk", one, "与商品无关", key, self.at)
            )
            self.tally.done[f"hide {type(answer).__name__}"] += 1

    async def share(self: Any) -> None:
        """A friend opens a link, perhaps one's own, perhaps again."""
        sharer, opener, key = self.rng.choice(self.members), self.rng.choice(self.members), self.key()
        secret = self.runtime.settings.secret
        about = f"promotion:{uuid5(sharer, str(self.rng.randint(1, 3))).hex}"
        token = engagement.token_of(secret, self.merchant_id, sharer, about)
        assert token is not None
        answer = await self.command(
            lambda: engagement.open_share(secret, self.merchant_id, opener, token, key, self.at)
        )
        assert isinstance(answer, engagement.Opened) and not (answer.counted and sharer == opener), answer
        self.tally.done[f"share {'counted' if answer.counted else 'opened'}"] += 1

    async def reviews_kept(self: Any) -> list[str]:
        """Reviews that were acknowledged and are not there."""
        there = {r.id for r in await engagement.reviews(self.merchant_id, first=100_000)}
        return [f"review {r} was written and is not there" for r in sorted(self.reviewed - there)]
