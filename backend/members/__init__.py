"""Door of the slice: members 会员."""

from backend.members.rules import DIALECT_OF_CITY, LEVEL_NAMES
from backend.members.service import (
    MemberFacts,
    MemberInfo,
    NewMember,
    add_many,
    count_order,
    facts,
    get,
    join,
    lock,
    many,
    matching,
    member_id_of,
    phone_masked,
    set_order_counts,
    viewer_of,
    with_birthday,
)

__all__ = [
    "DIALECT_OF_CITY",
    "LEVEL_NAMES",
    "MemberFacts",
    "MemberInfo",
    "NewMember",
    "add_many",
    "count_order",
    "facts",
    "get",
    "join",
    "lock",
    "many",
    "matching",
    "member_id_of",
    "phone_masked",
    "set_order_counts",
    "viewer_of",
    "with_birthday",
]
