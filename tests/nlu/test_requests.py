"""Two requests in one message are both found; a story, a refusal or a greeting beside one request is no second."""
from pathlib import Path

import pytest

from dengta.nlu.lexicon import LexiconError
from dengta.nlu.normalize import Normalizer
from dengta.nlu.readings import Reading
from dengta.nlu.requests import Requests
from tests.nlu.conftest import LEXICON

IDS = {
    "还多少": "query_bill",
    "额度": "query_credit_limit",
    "几号": "query_due_date",
    "投诉": "file_complaint",
    "你好": "greet",
}


def read(part: str) -> list[Reading]:
    """Know an id for each listed word, and be less sure the more of them a text has."""
    found = [name for word, name in IDS.items() if word in part] or ["out_of_scope"]
    return [{"id": name, "confidence": 0.97 / len(found)} for name in found]


def find(normalizer: Normalizer, text: str) -> list[str]:
    normalized = normalizer.normalize(text)
    return Requests.load(LEXICON / "requests.yml").find(text, normalized, read(normalized.text), read)


@pytest.mark.parametrize(
    "text",
    ["这期要还多少，额度有多少", "这期要还多少 额度有多少", "这期要还多少另外额度有多少", "这期要还多少？额度有多少？"],
)
def test_two_requests_are_found_however_they_are_parted(normalizer: Normalizer, text: str) -> None:
    assert find(normalizer, text) == ["query_bill", "query_credit_limit"]


@pytest.mark.parametrize(
    "text",
    [
        "你好，这期要还多少",
        "不是要投诉，我问这期要还多少",
        "这期要还多少，到底还多少啊",
        "这期要还多少，额度有多少，几号还",
        "我上个月还了之后一直没有再看过，今天想起来了就问一问，这期要还多少，还有就是我老公说他看到我的额度有变化，我额度有多少",
        "这期要还多少",
    ],
    ids=["greeting", "refusal", "twice the same", "three", "story", "one"],
)
def test_anything_else_is_one_message(normalizer: Normalizer, text: str) -> None:
    assert find(normalizer, text) == []


def test_a_section_nobody_reads_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "requests.yml"
    path.write_text("joins: [另外]\nask: [吗]\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"requests.yml:2: ask is none of joins, asks, declines"):
        Requests.load(path)
