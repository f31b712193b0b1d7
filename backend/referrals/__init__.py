"""Door of the slice: referral 邀请有礼, double points for the friend's first completed order (B05)."""

from backend.referrals.rules import Problem, Terms
from backend.referrals.service import (
    Accepted,
    AlreadyInvited,
    FriendInfo,
    Invalid,
    InvitationMissing,
    InvitationOff,
    InvitationOwn,
    InvitationReturned,
    InvitationSums,
    NotNew,
    accept,
    code_of,
    friends,
    inviter_of,
    owner_of,
    set_terms,
    sums,
    terms_of,
)
from backend.referrals.settling import absorb

__all__ = [
    "Accepted",
    "AlreadyInvited",
    "FriendInfo",
    "Invalid",
    "InvitationMissing",
    "InvitationOff",
    "InvitationOwn",
    "InvitationReturned",
    "InvitationSums",
    "NotNew",
    "Problem",
    "Terms",
    "absorb",
    "accept",
    "code_of",
    "friends",
    "inviter_of",
    "owner_of",
    "set_terms",
    "sums",
    "terms_of",
]
