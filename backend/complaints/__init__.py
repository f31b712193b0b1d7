"""Door of the slice: complaints, by when they are answered, and how they ended (R05)."""

from backend.complaints.rules import WARN_BEFORE, Problem
from backend.complaints.service import (
    AlreadyOpen,
    Answered,
    ComplaintInfo,
    ComplaintMissing,
    Figures,
    Giving,
    Invalid,
    SubjectMissing,
    Wish,
    answer,
    compensations,
    complain,
    complaints,
    figures,
    watch,
)

__all__ = [
    "WARN_BEFORE",
    "AlreadyOpen",
    "Answered",
    "ComplaintInfo",
    "ComplaintMissing",
    "Figures",
    "Giving",
    "Invalid",
    "Problem",
    "SubjectMissing",
    "Wish",
    "answer",
    "compensations",
    "complain",
    "complaints",
    "figures",
    "watch",
]
