"""Words are found however they are written, and not where they are excused."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.handoff.phrases import Phrases

PHRASES = Phrases({"words": ["投诉"], "patterns": [r"满\d+岁"], "not": ["不想投诉"]})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我要投诉", ["投诉"]),
        ("我 要 投 诉", ["投 诉"]),
        ("投\u200b訴你們", ["投\u200b訴"]),
        ("滿１８歲了", ["滿１８歲"]),
        ("我不想投诉", []),
        ("我不想投诉，但他们逼我投诉", ["投诉"]),
        ("", []),
    ],
)
def test_what_is_found(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in PHRASES.find(text)] == found
    assert PHRASES.occur_in(text) == bool(found)


@given(st.text())
def test_every_finding_lies_inside_the_text(text: str) -> None:
    everything = Phrases({"patterns": [r"\w+"]})
    assert all(0 <= start < end <= len(text) for start, end in everything.find(text))


def test_without_words_nothing_is_found() -> None:
    assert Phrases({}).find("投诉") == ()
