"""The components inside Rasa: trained from files, loaded from the archive alone, read by Rasa's own actions."""
import re
import shutil
from pathlib import Path

import pytest
import yaml

from dengta.nlu.checks import TrainingDataError
from dengta.nlu.lexicon import LexiconError
from dengta.nlu.readings import base

LEXICON = Path(__file__).resolve().parents[2] / "data" / "lexicon"

EXAMPLES = {
    "greet": ["你好", "在吗", "您好呀", "有人在吗", "早上好", "哈喽"],
    "query_bill": ["这个月还多少", "本期账单多少钱", "我欠多少钱", "这期要还多少", "查一下账单", "账单明细"],
    "faq/how_to_open": ["怎么开通", "在哪里开通", "如何申请开通", "开通入口在哪", "想开通一个", "怎么才能开通"],
    "faq/interest_rate": ["利率是多少", "利息怎么算", "年利率多少", "按日计息吗", "一天利息多少", "有没有免息期"],
    "out_of_scope": ["今天天气怎么样", "放首歌听听", "明天会下雨吗", "推荐一部电影", "导航去机场", "讲讲历史"],
}
PIPELINE = [
    {"name": "dengta.nlu.normalizer.TextNormalizer"},
    {"name": "dengta.nlu.entities.EntityFinder"},
    {"name": "dengta.nlu.intents.ReadingClassifier"},
    {"name": "dengta.nlu.faq.FaqSelector"},
    {"name": "dengta.nlu.understanding.Understanding", "business": 0.5, "conversation": 0.5, "out_of_scope": 0.5},
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return an agent whose model was trained in a folder that is gone by now."""
    from rasa.core.agent import Agent

    folder = tmp_path_factory.mktemp("project")
    write_project(folder, EXAMPLES)
    model = tmp_path_factory.mktemp("models") / "nlu.tar.gz"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        shutil.move(train(folder), model)
    shutil.rmtree(folder)
    return Agent.load(str(model))


async def test_an_answer_of_the_knowledge_base_is_told_to_rasa_under_its_full_name(trained) -> None:
    parse = await trained.parse_message("请问怎样开通呀")
    assert parse["intent"]["name"] == "faq"
    assert parse["intent"]["full_retrieval_intent_name"] == "faq/how_to_open"
    assert parse["response_selector"]["faq"]["response"]["utter_action"] == "utter_faq/how_to_open"


async def test_readings_cover_every_id_best_first_and_sum_to_one(trained) -> None:
    parse = await trained.parse_message("我这个月要还多少")
    readings = parse["understanding"]["readings"]
    shares = [reading["confidence"] for reading in readings]
    assert {reading["id"] for reading in readings} == set(EXAMPLES)
    assert readings[0]["id"] == parse["intent"]["name"] == "query_bill"
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-4)
    assert parse["understanding"]["decision"] == "answer"


async def test_an_unclear_message_becomes_the_fallback_that_rasa_can_undo(trained) -> None:
    from rasa.nlu.classifiers.fallback_classifier import undo_fallback_prediction

    parse = await trained.parse_message("利息从2月30日算吗")
    assert parse["understanding"]["decision"] == "clarify"
    assert parse["intent"]["name"] == parse["intent_ranking"][0]["name"] == "nlu_fallback"
    assert undo_fallback_prediction(parse)["intent"]["name"] == base(parse["understanding"]["readings"][0]["id"])


@pytest.mark.parametrize("text", ["😀😀", "", "???", "利息从2月30日算吗"])
async def test_nothing_to_read_and_days_that_do_not_exist_are_asked_back(trained, text: str) -> None:
    parse = await trained.parse_message(text)
    assert (parse["understanding"]["decision"], parse["intent"]["name"]) == ("clarify", "nlu_fallback")


@pytest.mark.parametrize("text", ["今天天气怎么样呢", "ǅǆǇ"])
async def test_what_is_not_ours_is_out_of_scope(trained, text: str) -> None:
    parse = await trained.parse_message(text)
    assert parse["understanding"]["decision"] == parse["intent"]["name"] == "out_of_scope"


async def test_the_text_and_the_offsets_are_those_the_customer_typed(trained) -> None:
    text = "我 想借１．５萬，利息怎麼算"
    parse = await trained.parse_message(text)
    (entity,) = parse["entities"]
    assert parse["text"] == text
    assert text[entity["start"]:entity["end"]] == "１．５萬"
    assert (entity["entity"], entity["value"], entity["extractor"]) == ("amount", "15000.00", "EntityFinder")
    assert parse["response_selector"]["faq"]["response"]["intent_response_key"] == "faq/interest_rate"


async def test_a_very_long_message_is_read(trained) -> None:
    parse = await trained.parse_message("我想问一下" * 1000)
    assert parse["understanding"]["readings"]


@pytest.mark.parametrize(
    ("changes", "line", "reason"),
    [
        ({"greet": ["你好", "", "在吗"]}, 6, "empty example under greet"),
        ({"query_bil": ["查账单"]}, 45, "query_bil is not declared in the domain"),
        ({"faq/how_to_opne": ["咋开通"]}, 45, "faq/how_to_opne is not declared"),
        ({"goodbye": ["再见", "您好"]}, 46, "您好 is under goodbye, but .*nlu.yml:5 has it as 你好 under greet"),
    ],
)
def test_training_stops_at_examples_that_teach_something_wrong(tmp_path, monkeypatch, changes, line, reason) -> None:
    write_project(tmp_path, {**EXAMPLES, **changes})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception) as stopped:
        train(tmp_path)
    cause = stopped.value.__cause__
    assert isinstance(cause, TrainingDataError)
    assert f"nlu.yml:{line}: " in str(cause)
    assert re.search(reason, str(cause))


def test_training_stops_at_a_broken_line_of_a_word_list(tmp_path, monkeypatch) -> None:
    write_project(tmp_path, EXAMPLES)
    (tmp_path / "data" / "lexicon" / "normalize.yml").write_text("typos:\n  还款: 还宽\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception) as stopped:
        train(tmp_path)
    assert isinstance(stopped.value.__cause__, LexiconError)
    assert "normalize.yml:2: " in str(stopped.value.__cause__)


def write_project(folder: Path, examples: dict[str, list[str]]) -> None:
    """Write a small Rasa project with the given examples."""
    shutil.copytree(LEXICON, folder / "data" / "lexicon")
    (folder / "data" / "nlu").mkdir()
    nlu = "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)
        for intent, texts in examples.items()
    )
    (folder / "data" / "nlu" / "nlu.yml").write_text('version: "3.1"\nnlu:\n' + nlu, encoding="utf-8")
    domain = {
        "version": "3.1",
        "intents": ["greet", "goodbye", "query_bill", "faq", "out_of_scope"],
        "responses": {f"utter_{name}": [{"text": name}] for name in ("faq/how_to_open", "faq/interest_rate")},
    }
    importers = [{"name": "dengta.nlu.importer.ExampleImporter"}]
    config = {"recipe": "default.v1", "language": "zh", "assistant_id": "test", "importers": importers}
    config |= {"pipeline": PIPELINE, "policies": []}
    for name, content in (("domain.yml", domain), ("config.yml", config)):
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def train(folder: Path) -> str:
    """Train the project in `folder`, which must be the working directory; return the archive."""
    from rasa.model_training import train_nlu

    archive = train_nlu("config.yml", "data/nlu", str(folder / "models"), fixed_model_name="nlu", domain="domain.yml")
    assert archive is not None
    return archive
