"""What customers read: two tones, true figures, no promise, no invented law, no unknown number, and only in YAML."""
import ast
import re
from pathlib import Path

import pytest

from dengta.settings import ROOT
from tests.project.texts import Variation, domain, sentences, variations

CJK = re.compile(r"[\u3400-\u9fff]")
# Parts of longer sentences: the sentence around them carries the tone.
PARTS = re.compile(
    "utter_(part|kind|method|benefit|term|unqualified|rejection|payout|debit_reason|limit_reason)_"
    "|utter_(bill|due|coupon|progress|settlement_choice)_(line|done)|utter_(separator|date|moment|period|button_note)$"
    "|utter_quote_fee$|utter_on_"
)
FIGURES_BOTH_TONES_SAY = {
    "outstanding", "total", "available", "rate", "until", "remaining", "ticket_no", "callback_by", "number", "reason",
    "lines", "total_interest", "fee", "penalty", "overdue_days", "next_attempt", "expected_by",
}  # fmt: skip
DATES = {"as_of", "due_date", "settled_at", "until", "callback_by", "paid_at", "attempted_at", "submitted_at"}
COSTS = {"rate", "interest", "total_interest", "first_payment", "saved_interest", "breakdown"}


def by_tone(name: str) -> dict[str, Variation]:
    return {variation.tone: variation for variation in variations() if variation.response == name}


RESPONSES = sorted(domain()["responses"])
WHOLE = [name for name in RESPONSES if not PARTS.match(name)]


@pytest.mark.parametrize("name", RESPONSES)
def test_every_sentence_is_written_in_both_tones_and_every_part_at_least_once(name: str) -> None:
    tones = [variation.tone for variation in variations() if variation.response == name]
    assert sorted(tones) in (["senior", "standard"], ["standard"])
    assert len(tones) == 2 or PARTS.match(name), "this is a whole sentence and needs a senior wording"


@pytest.mark.parametrize("name", WHOLE)
def test_both_tones_say_the_figures_that_matter(name: str) -> None:
    tones = by_tone(name)
    assert tones["standard"].placeholders & FIGURES_BOTH_TONES_SAY == (
        tones["senior"].placeholders & FIGURES_BOTH_TONES_SAY
    )
    assert tones["senior"].placeholders <= tones["standard"].placeholders | {"as_of"}


@pytest.mark.parametrize("name", WHOLE)
def test_the_senior_wording_is_short_sentences(name: str) -> None:
    longest = max(len(line) for line in re.split(r"[\n。？！]", re.sub(r"\{\w+\}", "", by_tone(name)["senior"].text)))
    assert longest <= 42


def test_figures_of_an_account_come_with_their_date() -> None:
    money = {"outstanding", "total", "available", "outstanding_principal"}
    undated = [
        v.response
        for v in variations()
        if (v.tone, v.placeholders & DATES) == ("standard", set()) and v.placeholders & money and v.response in WHOLE
    ]
    assert undated == []


@pytest.mark.parametrize("variation", variations(), ids=lambda v: f"{v.response}-{v.tone}")
def test_what_credit_costs_is_said_as_an_annual_rate(variation: Variation) -> None:
    spoken = re.search(r"\d+(\.\d+)?\s?%|百分之|月息|日息|万分之|利率\s?\{", variation.text)
    part = variation.response.startswith(("utter_part_", "utter_quote_fee", "utter_benefit_"))
    if not part and (spoken or variation.placeholders & COSTS):
        assert "年化" in variation.text


PROMISES = re.compile(
    "包过|必过|稳过|秒过|秒批|秒到|百分百|百分之百|无条件|零门槛|低门槛|最低利率|内部渠道"
    "|绝对(能|会|可以)|一定(能|会)?(通过|下款|放款|批|提额)"
    "|保证.{0,6}(通过|下款|放款|到账|提额|减免|下来)|肯定(能|会)(通过|下款|放款|批)|亲[，,！!～~]|亲爱的"
)
GUARDED = re.compile("不|没有|无法|别|都是|多半|骗|凡是|任何")
FORBIDDEN = {
    "a legal ceiling of interest": r"LPR|4\s?倍|四倍|24\s?%|36\s?%|法定上限|司法保护上限",
    "articles and names of rules": r"第\s?[\d一二三四五六七八九十]+\s?条|管理办法|〔20\d\d〕|银保监会令|金规|助贷新规",
    "working days, days of a complaint": r"工作日|(15|30|60|十五|三十|六十)\s?(天|日)内?.{0,6}(处理|答复|办结|回复)",
    "days of a review": r"核查.{0,8}\d+\s?(天|日)",
    "opening hours of 12378": r"12378[^。\n]{0,16}(\d{1,2}[:：点]|24\s?小时|全天)",
    "legal hours of collection": r"(催收|打电话)[^。\n]{0,16}\d{1,2}\s?([:：点]|时)|\d{1,2}[:：]00[^。\n]{0,16}催收",
    "200,000 as a rule": r"20\s?万|二十万|200,?000",
    "a complaint refused because of an agent": r"代理(投诉|维权)[^。\n]{0,12}(不予|拒绝|不受理|不处理)",
}


def test_nothing_is_promised() -> None:
    parts = [(place, part) for place, text in sentences() for part in re.split(r"[。\n；;！？]", text)]
    promised = [(place, part) for place, part in parts if PROMISES.search(part) and not GUARDED.search(part)]
    assert promised == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_is_stated_as_law_that_was_not_read_as_law(what: str) -> None:
    assert [(place, text) for place, text in sentences() if re.search(FORBIDDEN[what], text)] == []


def test_only_public_lines_are_named_as_phone_numbers() -> None:
    numbers = [
        (place, number)
        for place, text in sentences()
        for number in re.findall(r"(?<![\d.])(?:\d[\d -]{3,}\d|(?<=[打线话])\s?\d{3,4})(?!\d)", text)
    ]
    allowed = {"110", "96110", "12356", "12378", "12363"}
    assert [(place, number) for place, number in numbers if number.strip() not in allowed] == []


def test_training_data_holds_no_real_mobile_number() -> None:
    for path in sorted((ROOT / "data").rglob("*.yml")):
        found = re.findall(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)", path.read_text(encoding="utf-8"))
        assert [number for number in found if not re.sub(r"\D", "", number).startswith("1990000")] == [], path.name


# Modules whose Chinese is read from customers or databases, never said to them.
READERS = re.compile(r"dengta/nlu/|dengta/dialogue/references\.py|actions/account/identity\.py")


def python_sources() -> list[Path]:
    return sorted(path for folder in ("actions", "dengta") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", python_sources(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_python_says_nothing_in_chinese(path: Path) -> None:
    if READERS.match(path.relative_to(ROOT).as_posix()):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree)
                  if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)}
    spoken = [node.value for node in ast.walk(tree)
              if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings]
    assert [text for text in spoken if CJK.search(text)] == []


PAGES = [
    *(ROOT / "web" / "chat").rglob("*.js"),
    *(ROOT / "web" / "wechat").rglob("*.js"),
    *(path for path in (ROOT / "web" / "desk" / "src").rglob("*.ts") if path.name != "words.ts"),
    *(ROOT / "web" / "desk" / "src").rglob("*.vue"),
]


@pytest.mark.parametrize("path", sorted(PAGES), ids=lambda path: path.name)
def test_pages_say_nothing_in_chinese(path: Path) -> None:
    source = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert CJK.findall(source) == []
