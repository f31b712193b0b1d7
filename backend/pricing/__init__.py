"""The pricing core (试算): (rules, cart) → quote. No I/O, no clock, no randomness, whole numbers only."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from backend.pricing.model import (
    TENDERS,
    AddOnChosen,
    Cart,
    CartLine,
    Customer,
    Deposit,
    GiftChosen,
    Limits,
    Malformed,
    Offer,
    Policy,
    Problem,
    Product,
    QuoteRequest,
    RedPacket,
    Rejection,
    Return,
    ReturnedUnits,
    Scope,
    Selection,
    Spent,
    TenderCap,
    TendersAsked,
)
from backend.pricing.offers.base import Field, OfferType, Reward
from backend.pricing.optimise import STEPS
from backend.pricing.quote import (
    AddOnTaken,
    AppliedOffer,
    Earning,
    Gift,
    LineOffer,
    Quote,
    QuoteLine,
    TenderUsed,
    price_in_hand,
    quote,
    retrace,
    suggest,
)
from backend.pricing.rules import RuleSet, compile_rules, next_change

if TYPE_CHECKING:
    from backend.pricing.linting import Finding, lint
    from backend.pricing.offers.register import NOT_YET, TYPES
    from backend.pricing.parse import parse_coupon, parse_offer
    from backend.pricing.reversal import LetGo, Refund, ReturnedLine, let_go, reverse
    from backend.pricing.scenario import Scenario, parse_scenario, price_scenario
    from backend.pricing.sentences import rejection_sentence, sentence, type_name
    from backend.pricing.suggesting import Suggestion
    from backend.pricing.worst_basket import Worst, worst

__all__ = [
    "NOT_YET",
    "STEPS",
    "TENDERS",
    "TYPES",
    "AddOnChosen",
    "AddOnTaken",
    "AppliedOffer",
    "Cart",
    "CartLine",
    "Customer",
    "Deposit",
    "Earning",
    "Field",
    "Finding",
    "Gift",
    "GiftChosen",
    "LetGo",
    "Limits",
    "LineOffer",
    "Malformed",
    "Offer",
    "OfferType",
    "Policy",
    "Problem",
    "Product",
    "Quote",
    "QuoteLine",
    "QuoteRequest",
    "RedPacket",
    "Refund",
    "Rejection",
    "Return",
    "ReturnedLine",
    "ReturnedUnits",
    "Reward",
    "RuleSet",
    "Scenario",
    "Scope",
    "Selection",
    "Spent",
    "Suggestion",
    "TenderCap",
    "TenderUsed",
    "TendersAsked",
    "Worst",
    "compile_rules",
    "let_go",
    "lint",
    "next_change",
    "parse_coupon",
    "parse_offer",
    "parse_scenario",
    "price_in_hand",
    "price_scenario",
    "quote",
    "rejection_sentence",
    "retrace",
    "reverse",
    "sentence",
    "suggest",
    "type_name",
    "worst",
]

# What a quote does not need is loaded when it is asked for: pricing stays quick to import.
_LATER = {
    name: f"backend.pricing.{module}"
    for module, names in (
        ("linting", ("Finding", "lint")),
        ("offers.register", ("NOT_YET", "TYPES")),
        ("parse", ("parse_coupon", "parse_offer")),
        ("reversal", ("LetGo", "Refund", "ReturnedLine", "let_go", "reverse")),
        ("scenario", ("Scenario", "parse_scenario", "price_scenario")),
        ("sentences", ("rejection_sentence", "sentence", "type_name")),
        ("suggesting", ("Suggestion",)),
        ("worst_basket", ("Worst", "worst")),
    )
    for name in names
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        found = globals()[name] = getattr(import_module(_LATER[name]), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
