"""Loan quotes: what a loan would cost, for anybody who asks."""
from decimal import Decimal
from typing import Any, Optional, Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction
from rasa_sdk.types import DomainDict

from dengta import clock
from dengta.backends.finance import LoanQuote, loan_quote
from dengta.backends.loan import Product, RepaymentMethod
from dengta.dialogue.customer_action import GuardedAction, value
from dengta.dialogue.names import ACTION_START_QUOTE, QUOTE_FORM, SLOT_QUOTE_AMOUNT, SLOT_QUOTE_PERIOD
from dengta.dialogue.turn import Turn
from dengta.dialogue.wording import money, percent
from dengta.runtime import runtime


class ActionStartQuote(GuardedAction):
    """Opens the quote form with whatever figures the message holds; a follow-up keeps the others."""

    def name(self) -> str:
        """Name in the domain."""
        return ACTION_START_QUOTE

    async def respond(self, turn: Turn) -> list[EventType]:
        """Go on with the form."""
        again = turn.topic.get("action") == self.name()
        amount = turn.entity_meant("amount") or (turn.tracker.get_slot(SLOT_QUOTE_AMOUNT) if again else None)
        period = turn.entity_meant("period") or (turn.tracker.get_slot(SLOT_QUOTE_PERIOD) if again else None)
        return [
            SlotSet(SLOT_QUOTE_AMOUNT, amount),
            SlotSet(SLOT_QUOTE_PERIOD, period),
            FollowupAction(QUOTE_FORM),
        ]


class ValidateQuoteForm(FormValidationAction):
    """Reads amount and periods and checks them against the products on offer."""

    def name(self) -> str:
        """Name Rasa derives from the form."""
        return "validate_quote_form"

    async def extract_quote_amount(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return the amount in the message."""
        amount = Turn(dispatcher, tracker, domain).entity_meant("amount")
        return {SLOT_QUOTE_AMOUNT: amount} if amount else {}

    async def extract_quote_period(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Return the number of periods in the message."""
        period = Turn(dispatcher, tracker, domain).entity_meant("period")
        return {SLOT_QUOTE_PERIOD: period} if period else {}

    async def validate_quote_amount(
        self, amount: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Refuse an amount no product covers."""
        turn, products = Turn(dispatcher, tracker, domain), await _products()
        if products is None or amount is None:
            return {SLOT_QUOTE_AMOUNT: amount}
        if any(p.min_amount <= Decimal(str(amount)) <= p.max_amount for p in products):
            return {SLOT_QUOTE_AMOUNT: str(amount)}
        turn.say(
            "utter_quote_amount_out_of_range",
            low=money(min(p.min_amount for p in products)),
            high=money(max(p.max_amount for p in products)),
        )
        return {SLOT_QUOTE_AMOUNT: None}

    async def validate_quote_period(
        self, period: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Refuse a number of periods no product offers."""
        turn, products = Turn(dispatcher, tracker, domain), await _products()
        if products is None or period is None:
            return {SLOT_QUOTE_PERIOD: period}
        offered = sorted({n for p in products for n in p.periods})
        if int(period) in offered:
            return {SLOT_QUOTE_PERIOD: int(period)}
        separator = turn.wording.phrase("utter_separator")
        turn.say("utter_quote_period_not_offered", periods=separator.join(map(str, offered)))
        return {SLOT_QUOTE_PERIOD: None}


class ActionQuoteLoan(GuardedAction):
    """Says what the loan costs: per period, in all, and a year."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_quote_loan"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Quote every product that lends this amount over these periods, cheapest first."""
        amount, periods = turn.tracker.get_slot(SLOT_QUOTE_AMOUNT), turn.tracker.get_slot(SLOT_QUOTE_PERIOD)
        if amount is None or periods is None:
            return []
        amount, periods = Decimal(str(amount)), int(periods)
        products = value(await runtime().backends.loan.products())
        fitting = [p for p in products if p.min_amount <= amount <= p.max_amount and periods in p.periods]
        if not fitting:
            turn.say("utter_quote_no_product", amount=money(amount), periods=periods)
        else:
            quotes = [(product, loan_quote(product, amount, periods, clock.today())) for product in fitting]
            quotes.sort(key=lambda pair: pair[1].annualised_rate)
            lines = [_line(turn, product, quote) for product, quote in quotes]
            turn.say("utter_quote", amount=money(amount), periods=periods, lines="\n".join(lines))
        return [turn.about(ACTION_START_QUOTE)]


async def _products() -> Optional[Sequence[Product]]:
    outcome = await runtime().backends.loan.products()
    return getattr(outcome, "value", None)


def _line(turn: Turn, product: Product, quote: LoanQuote) -> str:
    level = product.method is RepaymentMethod.EQUAL_INSTALMENT
    return turn.wording.phrase(
        "utter_quote_line_level" if level else "utter_quote_line",
        product=product.name,
        method=turn.wording.phrase(f"utter_method_{product.method.value}"),
        first_payment=money(quote.first_payment),
        last_payment=money(quote.last_payment),
        total_interest=money(quote.total_interest),
        fee=turn.wording.phrase("utter_quote_fee", amount=money(quote.upfront_fee)) if quote.upfront_fee else "",
        total_cost=money(quote.total_cost),
        rate=percent(quote.annualised_rate),
    )
