"""Words of one concept give the same feature, and the list is written in the form that the classifier reads."""
from pathlib import Path

import pytest

from dengta.nlu.concepts import Concepts
from dengta.nlu.lexicon import LexiconError
from dengta.nlu.normalize import Normalizer
from tests.nlu.conftest import LEXICON

CONCEPTS = Concepts.load(LEXICON / "concepts.yml")


@pytest.mark.parametrize("text", ["贷款结清以后什么时候可以再借", "贷款还清以后何时能再借", "贷款还完以后何时能够再贷"])
def test_wordings_of_one_question_have_the_same_concepts(text: str) -> None:
    assert CONCEPTS.find(text) == ["借款", "还清", "以后", "什么时候", "可以", "再借"]


def test_the_longest_word_wins() -> None:
    assert CONCEPTS.find("临时额度") == ["临时额度"]


def test_every_word_stands_in_its_plain_form(normalizer: Normalizer) -> None:
    assert [word for word in CONCEPTS.words if normalizer.normalize(word).text != word] == []


def test_a_word_that_is_the_name_of_another_concept_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "concepts.yml"
    path.write_text("acts:\n  还款: [还钱]\n  借款: [借钱, 还款]\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"concepts.yml:3: 还款 is itself the name of a concept"):
        Concepts.load(path)
