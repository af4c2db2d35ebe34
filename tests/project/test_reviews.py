"""Every fixed answer has a department that answers for it, and the day on which that department last read it."""
import csv
from datetime import date

from dengta.clock import today
from dengta.settings import ROOT
from tests.project.texts import knowledge

REVIEWS = list(csv.DictReader((ROOT / "data/faq/reviews.csv").read_text(encoding="utf-8").splitlines()))


def test_every_fixed_answer_and_nothing_else_is_listed_once() -> None:
    assert sorted(review["answer"] for review in REVIEWS) == sorted(knowledge())


def test_every_answer_has_an_owner() -> None:
    assert [review["answer"] for review in REVIEWS if not (review["owner"] or "").strip()] == []


def test_every_answer_was_reviewed_on_a_real_day_that_is_not_in_the_future() -> None:
    assert [review for review in REVIEWS if date.fromisoformat(review["reviewed"]) > today()] == []
