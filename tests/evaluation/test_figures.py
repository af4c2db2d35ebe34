"""The figures mean what their names say; checked against tables small enough to count by hand."""
import pytest

from dengta.evaluation.figures import Parse, f1, measure
from dengta.evaluation.tables import Question, Span


def parse(decision: str, *ids: str, confidence: float = 0.9) -> Parse:
    shares = [confidence, *[(1 - confidence) / 10] * (len(ids) - 1)]
    return Parse(decision, [{"id": name, "confidence": share} for name, share in zip(ids, shares)], 0.001)


ASKED = [
    (Question("plain", ("query_bill",), "这期还多少"), parse("answer", "query_bill", "query_due_date")),
    (Question("plain", ("query_bill",), "欠多少"), parse("answer", "query_overdue", "query_bill")),
    (Question("plain", ("query_due_date", "query_bill"), "几号"), parse("clarify", "greet", "thank", "query_bill")),
    (Question("odd", ("query_bill",), "那个"), parse("clarify", "greet", "thank", "query_due_date", "query_bill")),
    (Question("odd", ("out_of_scope",), "七日年化"), parse("out_of_scope", "out_of_scope", "query_bill")),
    (Question("out_of_scope", ("out_of_scope",), "放首歌"), parse("answer", "query_bill")),
    (Question("out_of_scope", ("out_of_scope",), "天真冷"), parse("answer", "chitchat")),
    (Question("out_of_scope", ("out_of_scope",), "订机票"), parse("clarify", "query_bill")),
    (Question("out_of_scope", ("out_of_scope",), "背首诗"), parse("out_of_scope", "out_of_scope")),
]


def test_shares_count_in_scope_questions_only() -> None:
    overall = measure(*zip(*ASKED)).overall
    assert overall.questions == 5
    assert overall.top1 == pytest.approx(2 / 5)
    assert overall.top3 == pytest.approx(4 / 5)
    assert overall.served == pytest.approx(3 / 5)
    assert overall.answered == pytest.approx(2 / 5)
    assert overall.misled == pytest.approx(1 / 5)


def test_strata_are_told_apart() -> None:
    strata = measure(*zip(*ASKED)).strata
    assert {name: shares.questions for name, shares in strata.items()} == {"odd": 2, "plain": 3}
    assert strata["odd"].misled == 0


def test_only_business_answers_to_foreign_questions_are_false_accepts() -> None:
    assert measure(*zip(*ASKED)).false_accepts == pytest.approx(1 / 4)


def test_macro_recall_leaves_rare_intents_out() -> None:
    assert measure(*zip(*ASKED)).macro_recall == pytest.approx(1 / 3)


def test_confidences_taken_at_their_word_have_no_calibration_error() -> None:
    question = Question("plain", ("query_bill",), "这期还多少")
    sure = [(question, parse("answer", "query_bill", confidence=0.75))] * 3
    table = [*sure, (question, parse("answer", "greet", confidence=0.75))]
    assert measure(*zip(*table)).calibration_error == pytest.approx(0)
    assert measure(*zip(*sure)).calibration_error == pytest.approx(0.25)


def test_an_entity_counts_if_name_span_and_value_are_exact() -> None:
    want = [[Span("amount", 0, 3, "500.00"), Span("date", 5, 7, "2026-11-21")]]
    assert f1(want, want) == 1
    assert f1(want, [[Span("amount", 0, 3, "500.00")]]) == pytest.approx(2 / 3)
    assert f1(want, [[Span("amount", 0, 3, "5000.00"), Span("date", 5, 8, "2026-11-21")]]) == 0
