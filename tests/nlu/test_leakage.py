"""No held-out sentence may stand in the training data, not even nearly: it would measure memory."""
from pathlib import Path

import pytest

from dengta.evaluation.tables import questions, sentences
from dengta.nlu import examples
from dengta.nlu.examples import Example
from dengta.nlu.normalize import Normalizer
from tests.nlu.leakage import leaks

HERE = Path(__file__).parent
TRAINED = examples.read(HERE.parents[1] / "data" / "nlu")


def report(found: list[tuple[str, Example]]) -> str:
    return "\n".join(f"{sentence} ≈ {example.place}: {example.text}" for sentence, example in found)


def test_no_held_out_question_is_trained_on(normalizer: Normalizer) -> None:
    asked = questions(HERE / "held_out.tsv", {example.intent for example in TRAINED})
    found = leaks([question.text for question in asked], TRAINED, lambda text: normalizer.normalize(text).text)
    assert not found, report(found)


def test_no_sentence_of_the_entity_set_is_trained_on(normalizer: Normalizer) -> None:
    labelled = [sentence.text for sentence in sentences(HERE / "entities.yml")]
    found = leaks(labelled, TRAINED, lambda text: normalizer.normalize(text).text)
    assert not found, report(found)


@pytest.mark.parametrize(
    "copy",
    ["微粒贷怎么一次性提前还清", "请问微粒贷怎么一次性提前还清呢", "微粒袋怎么一次性提前还清"],
)
def test_a_near_copy_is_found(normalizer: Normalizer, copy: str) -> None:
    example = Example("微粒贷怎么一次性提前还清", "request_early_settlement", "loan.yml:1")
    assert leaks([copy], [example], lambda text: normalizer.normalize(text).text) == [(copy, example)]


def test_another_question_in_like_words_is_no_copy(normalizer: Normalizer) -> None:
    example = Example("微粒贷怎么一次性提前还清", "request_early_settlement", "loan.yml:1")
    assert not leaks(["微粒贷怎么才能借出来"], [example], lambda text: normalizer.normalize(text).text)
