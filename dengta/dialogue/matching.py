"""Finds the loan note a customer means; ambiguity is a result, never "the first one"."""
from dataclasses import dataclass
from typing import Sequence, Union

from dengta.backends.loan import LoanNote
from dengta.dialogue.references import Reference


@dataclass(frozen=True)
class One:
    """Exactly one note fits."""

    note: LoanNote


@dataclass(frozen=True)
class Several:
    """Nothing in the message narrows the choice down to one note."""

    notes: tuple[LoanNote, ...]


@dataclass(frozen=True)
class Unknown:
    """The message names a note that is not among the customer's."""


Match = Union[One, Several, Unknown]


def match_note(
    notes: Sequence[LoanNote],
    reference: Reference,
    loan_numbers: Sequence[str] = (),
    products: Sequence[str] = (),
    tails: Sequence[str] = (),
    remembered: str = "",
) -> Match:
    """Return the note meant among `notes`, which are in the order the customer sees them.

    Looked at in this order: a loan number, a position (第二笔), "the other one" of two, a product name or the last four
    digits of loan number or repayment card, the note talked about last, and at last whether there is only one.
    """
    if loan_numbers:
        return _single([note for note in notes if note.loan_no in loan_numbers], Unknown())
    if reference.loan is not None:
        index = reference.loan - 1 if reference.loan > 0 else len(notes) + reference.loan
        return One(notes[index]) if 0 <= index < len(notes) else Unknown()
    if reference.other_loan and remembered:
        return _single([note for note in notes if note.loan_no != remembered], Several(tuple(notes)))
    named = [n for n in notes if n.product_name in products or {n.loan_no[-4:], n.repayment_card_tail} & set(tails)]
    if len(named) == 1:
        return One(named[0])
    if remembered and any(note.loan_no == remembered for note in notes):
        return One(next(note for note in notes if note.loan_no == remembered))
    return _single(notes, Several(tuple(notes)))


def _single(notes: Sequence[LoanNote], otherwise: Match) -> Match:
    return One(notes[0]) if len(notes) == 1 else otherwise
