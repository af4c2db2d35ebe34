"""The intent model: the same every time, honest about what it does not know, kept without pickles."""
import numpy as np
import pytest

from dengta.nlu import linear, readings
from dengta.nlu.calibration import Calibration
from dengta.nlu.concepts import Concepts
from dengta.nlu.linear import LinearModel

SAID = {
    "query_bill": ["这个月还多少", "本期账单多少钱", "我欠多少钱", "这期要还多少", "查一下账单", "账单明细"],
    "query_due_date": ["几号还", "还款日是哪天", "什么时候还钱", "哪天还款", "还款日几号", "几号扣款"],
    "out_of_scope": ["今天天气", "放首歌", "明天下雨吗", "推荐电影", "导航去机场", "讲讲历史"],
}
TEXTS = [text for texts in SAID.values() for text in texts]
LABELS = [label for label, texts in SAID.items() for _ in texts]
CONCEPTS = Concepts({"还": "还款", "还钱": "还款", "还款": "还款", "几号": "哪天", "哪天": "哪天"})


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return linear.train(TEXTS, LABELS, CONCEPTS)


def test_training_twice_gives_the_same_model(model: LinearModel) -> None:
    again = linear.train(TEXTS, LABELS, CONCEPTS)
    assert np.array_equal(model.weights, again.weights)
    assert (model.vocabulary, model.calibration) == (again.vocabulary, again.calibration)


def test_a_saved_model_reads_alike(model: LinearModel, tmp_path) -> None:
    model.save(tmp_path)
    loaded = LinearModel.load(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".npz", ".json"}
    assert np.array_equal(loaded.probabilities("还款日是什么时候"), model.probabilities("还款日是什么时候"))


def test_what_a_designer_wrote_down_is_known_by_heart(model: LinearModel) -> None:
    for text, label in zip(TEXTS, LABELS):
        best = readings.read(model, text)[0]
        assert best["id"] == label
        assert best["confidence"] >= 0.9


@pytest.mark.parametrize("text", ["", "?", "😀"])
def test_a_text_without_any_known_feature_is_out_of_scope(model: LinearModel, text: str) -> None:
    assert readings.read(model, text)[0] == {"id": "out_of_scope", "confidence": 1.0}


def test_too_few_examples_are_trained_on_without_calibration() -> None:
    few = linear.train(["还款", "还款吗", "还款呢", "天气", "天气吗", "天气呢"], [*"aaabbb"], CONCEPTS)
    assert few.calibration == Calibration()
