"""A broken word list is told by its name."""
from pathlib import Path

import pytest

from dengta.privacy import words as module
from dengta.privacy.words import WordsError, characters, names, words


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("names: [", "cannot be read"),
        ("names: {titles: 先生}", "names.titles must be a list of words"),
        ("names: {titles: [先生, 7]}", "names.titles must be a list of words"),
        ("names: {titles: []}", "names.titles must be a list of words"),
        ("labels: {}", "names.titles must be a list of words"),
    ],
)
def test_a_list_that_cannot_be_used_is_named(
    content: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "privacy.yml"
    path.write_text(content, encoding="utf-8")
    monkeypatch.setattr(module, "PATH", path)
    with pytest.raises(WordsError, match=message):
        words("names", "titles")


def test_a_missing_file_row_or_section_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WordsError, match="must be a row of characters"):
        characters("names", "nothing")
    with pytest.raises(WordsError, match="must hold lists"):
        names("nothing")
    monkeypatch.setattr(module, "PATH", tmp_path / "none.yml")
    with pytest.raises(WordsError, match="FileNotFoundError"):
        words("names", "titles")
