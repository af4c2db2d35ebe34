"""The labelled sentences: enough of them, made again the same, and found as well as recorded."""
from pathlib import Path

import pytest

from dengta.privacy import evaluation
from dengta.privacy.evaluation import TABLE, Counts, Sentence, Span, counts, main, read, wilson
from tests.privacy import generate


def test_no_kind_is_found_worse_than_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0, capsys.readouterr().out


def test_a_figure_under_its_floor_fails_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    floors = tmp_path / "floors.yml"
    floors.write_text("email: {recall: 1.0}", encoding="utf-8")
    monkeypatch.setattr(evaluation, "FLOORS", floors)
    assert main() == 1
    assert "under its floor: email/recall" in capsys.readouterr().out


def test_the_table_is_what_the_sentences_make() -> None:
    lines = ["\t".join(row) for row in [generate.COLUMNS, *generate.rows()]]
    assert TABLE.read_text(encoding="utf-8").splitlines() == lines


def test_the_table_is_large_enough_to_say_something() -> None:
    table = read(TABLE)
    assert len(table) >= 1200
    assert sum(not sentence.spans for sentence in table) >= 350
    assert sum(sentence.part == "blind" for sentence in table) >= 400
    assert len({sentence.text for sentence in table}) == len(table)


def test_a_label_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv"
    path.write_text("part\tgroup\tknown\ttext\ndev\tx\t\t我⟨shoe|43⟩\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"table.tsv:2: there is no kind shoe"):
        read(path)


def test_a_span_counts_as_exact_as_touched_or_as_false() -> None:
    phone = Span("phone", 2, 13)
    exact = Sentence("dev", "", (), "手机19900000012", (phone,))
    longer = Sentence("dev", "", (), "手机19900000012呢", (Span("phone", 2, 14),))
    none = Sentence("dev", "", (), "手机19900000012吧", ())
    assert counts([exact, longer, none])["phone"] == Counts(labels=2, exact=1, touched=2, false=2)


def test_intervals_are_wilson_s() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
