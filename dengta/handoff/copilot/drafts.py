"""Looks over what an agent is about to send: promises, threats, costs, personal data, and figures that are not true."""
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Optional

from dengta.handoff.copilot.figures import RATE, YUAN, Figures
from dengta.handoff.copilot.rules import Advice, Rules
from dengta.nlu import amounts
from dengta.privacy.recognisers import find as find_personal


@dataclass(frozen=True)
class Warned:
    """A place of a draft, [start, end), and what is wrong with it; `critical` ones must go before it is sent."""

    rule: str
    critical: bool
    title: str
    advice: str
    start: int
    end: int


@dataclass(frozen=True)
class Context:
    """What a draft is compared with.

    `figures` are all of the customer's, None if nobody is verified: no figure of an account may be said then. `known`
    are exact values of the customer's record, such as the name. `proposed` is the answer our own systems gave to the
    message, empty if none: its figures, such as those of a quote, are true as well. `sender` is the agent's own name.
    """

    figures: Optional[Figures]
    known: tuple[str, ...] = ()
    proposed: str = ""
    sender: str = ""


@dataclass(frozen=True)
class Number:
    """A sum in yuan or a yearly rate in a draft, at [start, end)."""

    value: Decimal
    unit: str
    start: int
    end: int


def warnings(rules: Rules, draft: str, context: Context) -> tuple[Warned, ...]:
    """Return everything wrong with a draft, in its order; nothing means that no rule found anything."""
    found = [*_by_words(rules, draft), *_personal(rules, draft, context)]
    found += _untrue(rules, draft, context)
    return tuple(sorted(found, key=lambda each: (each.start, each.end, each.rule)))


def forbidden(rules: Rules, draft: str) -> tuple[Warned, ...]:
    """Return what must go before a draft is sent, by its words alone: nobody has to be asked for it."""
    return tuple(each for each in _by_words(rules, draft) if each.critical)


def numbers(rules: Rules, draft: str) -> tuple[Number, ...]:
    """Return the sums and rates a draft states itself, not those it quotes of the customer (您说的 500 元)."""
    normalized = rules.sums.normalizer.normalize(draft)
    sums = [
        Number(Decimal(str(found.value)), YUAN, *normalized.original(found.start, found.end))
        for found in amounts.find(normalized.text)
    ]
    rates = [
        Number(Decimal(match["value"]) / 100, RATE, *match.span()) for match in rules.sums.percent.finditer(draft)
    ]
    kept = [each for each in sums if not any(rate.start < each.end and each.start < rate.end for rate in rates)]
    return tuple(each for each in [*kept, *rates] if not rules.sums.quoted.search(draft[: each.start]))


def _by_words(rules: Rules, draft: str) -> Iterator[Warned]:
    yield from _rateless(rules, draft)
    for rule in rules.drafts:
        for start, end in rule.phrases.find(draft):
            yield _warned(rule.told, start, end)


def _rateless(rules: Rules, draft: str) -> Iterator[Warned]:
    if not rules.annual_rate.says.occur_in(draft):
        for start, end in rules.annual_rate.names.find(draft)[:1]:
            yield _warned(rules.annual_rate.told, start, end)


def _personal(rules: Rules, draft: str, context: Context) -> Iterator[Warned]:
    rule = rules.personal
    for each in find_personal(draft, context.known):
        if each.kind in rule.kinds and draft[each.start : each.end] != context.sender:
            title = rule.shown.format(title=rule.told.title, kinds=rule.kinds[each.kind])
            yield Warned(rule.told.id, rule.told.critical, title, rule.told.advice, each.start, each.end)


def _untrue(rules: Rules, draft: str, context: Context) -> Iterator[Warned]:
    proposed = {(each.value, each.unit) for each in numbers(rules, context.proposed)}
    for number in numbers(rules, draft):
        if (number.value, number.unit) in proposed:
            continue
        if context.figures is None:
            yield _warned(rules.sums.unverified, number.start, number.end)
        elif number.value not in context.figures.values(number.unit):
            told = rules.sums.down if context.figures.down else rules.sums.unknown
            yield _warned(told, number.start, number.end)


def _warned(told: Advice, start: int, end: int) -> Warned:
    return Warned(told.id, told.critical, told.title, told.advice, start, end)
