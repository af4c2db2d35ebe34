"""The pictures show the questions that were read wrongly."""
from pathlib import Path

from dengta.evaluation.figures import Parse
from dengta.evaluation.pictures import confusions, draw_confusions, draw_reliability
from dengta.evaluation.tables import Question

PAIRS = [
    (Question("plain", ("query_bill",), "这期还多少"), Parse("answer", [{"id": best, "confidence": share}], 0.0))
    for best, share in [("query_bill", 0.95), ("query_overdue", 0.6), ("query_overdue", 0.4), ("greet", 0.2)]
]


def test_the_most_frequent_confusion_comes_first() -> None:
    assert confusions(PAIRS) == [(2, "query_bill", "query_overdue"), (1, "query_bill", "greet")]


def test_both_pictures_are_drawn(tmp_path: Path) -> None:
    draw_confusions(PAIRS, tmp_path / "results" / "confusions.png")
    draw_reliability(PAIRS, tmp_path / "results" / "reliability.png")
    for picture in (tmp_path / "results").iterdir():
        assert picture.read_bytes().startswith(b"\x89PNG")
