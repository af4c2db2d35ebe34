"""A table that cannot be used is refused with the place and the reason."""
from pathlib import Path

import pytest

from dengta.evaluation.tables import Question, Span, TableError, questions, sentences

DECLARED = {"query_bill", "query_due_date"}


def table(folder: Path, *lines: str) -> Path:
    path = folder / "table.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_several_ids_may_be_right(tmp_path: Path) -> None:
    path = table(tmp_path, "stratum\tgold\ttext", 'plain\tquery_bill|query_due_date\t几号还 "多少"')
    assert questions(path, DECLARED) == [Question("plain", ("query_bill", "query_due_date"), '几号还 "多少"')]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["gold\ttext", "query_bill\t几号还"], ":1: the columns must be"),
        (["stratum\tgold\ttext", "plain\tquery_bil\t几号还"], ":2: query_bil is not declared"),
        (["stratum\tgold\ttext", "plain\tquery_bill\t还多少", "plain\tquery_bill\t "], ":3: empty text"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, lines: list[str], reason: str) -> None:
    with pytest.raises(TableError, match=reason):
        questions(table(tmp_path, *lines), DECLARED)


def test_entities_are_read_with_their_offsets(tmp_path: Path) -> None:
    path = tmp_path / "entities.yml"
    path.write_text(
        "- text: 借一万五\n  entities: [{entity: amount, start: 1, end: 4, value: '15000.00', span: 一万五}]\n",
        encoding="utf-8",
    )
    assert sentences(path)[0].spans == (Span("amount", 1, 4, "15000.00"),)


def test_offsets_that_do_not_hold_the_span_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "entities.yml"
    path.write_text(
        "- text: 借一万五\n  entities: [{entity: amount, start: 0, end: 3, value: '15000.00', span: 一万五}]\n",
        encoding="utf-8",
    )
    with pytest.raises(TableError, match="一万五 does not stand at 0"):
        sentences(path)
