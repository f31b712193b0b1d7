"""Door of the slice: reviews and shares, which bring growth value beside orders (B04)."""

from backend.engagement.reviews import (
    CONSUMER,
    TAKES,
    Hidden,
    Invalid,
    NotReviewable,
    OrderMissing,
    Reviewable,
    Reviewed,
    ReviewInfo,
    ReviewMissing,
    absorb,
    hide,
    review,
    reviewable,
    reviews,
)
from backend.engagement.share_figures import ShareDay, ShareFigures, ShareSource, share_figures
from backend.engagement.shares import Day, Opened, ShareInvalid, open_share, today, token_of

__all__ = [
    "CONSUMER",
    "TAKES",
    "Day",
    "Hidden",
    "Invalid",
    "NotReviewable",
    "Opened",
    "OrderMissing",
    "ReviewInfo",
    "ReviewMissing",
    "Reviewable",
    "Reviewed",
    "ShareDay",
    "ShareFigures",
    "ShareInvalid",
    "ShareSource",
    "absorb",
    "hide",
    "open_share",
    "review",
    "reviewable",
    "reviews",
    "share_figures",
    "today",
    "token_of",
]
