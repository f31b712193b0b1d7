"""Door of the slice: triggers and messages 自动化触达."""

from backend.automation import levels, lifecycle, presales
from backend.automation.service import CONSUMER, TAKES, Outcome, absorb, allow, fire_birthdays, queue, send, waiting

__all__ = [
    "CONSUMER",
    "TAKES",
    "Outcome",
    "absorb",
    "allow",
    "fire_birthdays",
    "levels",
    "lifecycle",
    "presales",
    "queue",
    "send",
    "waiting",
]
