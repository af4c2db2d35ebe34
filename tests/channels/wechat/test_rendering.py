"""What was said in a turn reaches a phone whole, in order, in few messages, with nothing in it that WeChat refuses."""
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dengta.channels.wechat.links import ANCHOR
from dengta.channels.wechat.rendering import Fitted, clean, compose, fit
from dengta.channels.wechat.sentences import sentences
from dengta.channels.wechat.splitting import cut

MORE = "\n\n回复“继续”查看余下内容"
FAMILY, TONED, CHINA, KEYCAP, SCOTLAND = "👨‍👩‍👧‍👦", "👍🏽", "🇨🇳", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"
LINK = '<a href="https://example.com/contract?id=1&v=2">查看合同</a>'


def button(title: str) -> dict[str, str]:
    return {"id": f"3-{title}", "title": title, "payload": "/x"}


def body(text: str = "", *titles: str, **custom: Any) -> dict[str, Any]:
    return {"text": text, "buttons": [button(title) for title in titles], "custom": custom or None}


def test_a_turn_of_seven_messages_is_one_text() -> None:
    composed = compose([body(f"第{number}句。") for number in range(1, 7)] + [body("想办哪一件？", "查账单", "转人工")])
    assert composed.text == (
        "第1句。\n\n第2句。\n\n第3句。\n\n第4句。\n\n第5句。\n\n第6句。\n\n想办哪一件？\n\n"
        "回复数字选择：\n1. 查账单\n2. 转人工"
    )
    assert [choice["title"] for choice in composed.choices] == ["查账单", "转人工"]
    assert fit(composed.text, 1) == Fitted((composed.text,), "")


def test_the_buttons_of_several_messages_are_numbered_through() -> None:
    composed = compose([body("先看这些", "查账单", "查券"), body("", "转人工")])
    assert composed.text == "先看这些\n\n回复数字选择：\n1. 查账单\n2. 查券\n\n回复数字选择：\n3. 转人工"
    assert composed.choices[2] == button("转人工")


def test_data_for_the_web_page_says_nothing() -> None:
    assert compose([body("好的"), body(type="tone", tone="senior"), {}]).text == "好的"
    assert compose([body(type="tone", tone="senior")]).text == ""


def test_a_demo_code_can_be_read() -> None:
    assert compose([body(type="demo_code", code="482913")]).text == sentences()["demo_code"].format(code="482913")


def test_a_chart_is_a_picture_and_words() -> None:
    chart = {"type": "chart", "title": "应还", "unit": "元", "points": [{"label": "2026-12", "value": "12.30"}]}
    composed = compose([body("下一期要还：", **chart), body("已逾期的除外。")])
    assert composed.text == "下一期要还：\n\n应还（元）\n2026-12：12.30\n\n已逾期的除外。"
    assert [each.title for each in composed.charts] == ["应还"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x07c\x1b[0md\x7fe\x85f", "abc[0mde\nf"),
        ("一\r\n二\r三\u2028四\t五", "一\n二\n三\n四 五"),
        ("安全\u202e文件\u2066\ufeff\uffff", "安全文件"),
        ("半\ud83d个", "半个"),
        ("一\n\n\n \n\n二", "一\n\n二"),
        (f"{FAMILY}{CHINA}{SCOTLAND}", f"{FAMILY}{CHINA}{SCOTLAND}"),
        (LINK, LINK),
        ("<a href='https://example.com' style='x' data-a=\"b\">看 \n看</a>", '<a href="https://example.com">看 看</a>'),
        ('<A HREF="https://example.com">看</A>', '<a href="https://example.com">看</a>'),
        ('<a href="http://example.com">看</a>', "看"),
        ('<a href="javascript:alert(1)">看</a>', "看"),
        ('<a href="https://a.example"><a href="http://b.example">看</a></a>', '<a href="https://a.example">看</a>'),
        ('<a href="https://example.com"></a>好', "好"),
        ('<a href="https://example.com">没有结尾', "没有结尾"),
        ("</a>头", "头"),
        (f'<a href="https://example.com/{"x" * 1000}">看</a>', "看"),
        ('<<a >a href="http://example.com">看</<a >a>', "看"),
        ("利率<年化>a<b", "利率<年化>a<b"),
    ],
)
def test_what_wechat_refuses_or_nobody_sees_is_taken_out(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_title_stays_on_its_line() -> None:
    assert compose([body("", "第1笔\n灯塔极速贷")]).text == "回复数字选择：\n1. 第1笔 灯塔极速贷"


def test_without_room_everything_is_left() -> None:
    assert fit("您好", 0) == Fitted((), "您好")
    assert fit("", 3) == Fitted((), "")


def test_a_paragraph_goes_before_a_line_and_a_line_before_a_sentence() -> None:
    sentence = "这是一句用来测试的话。"
    assert cut(sentence * 2 + "\n" + sentence + "\n\n" + sentence * 3, 150) == (
        sentence * 2 + "\n" + sentence, sentence * 3
    )  # fmt: skip
    assert cut(sentence * 3 + "\n" + sentence * 3, 150) == (sentence * 3, sentence * 3)
    assert cut("“" + sentence * 3 + "”" + sentence * 3, 109) == ("“" + sentence * 3 + "”", sentence * 3)


def test_a_border_in_the_first_half_is_better_than_none() -> None:
    assert cut("短。" + "长" * 40, 100) == ("短。", "长" * 40)


def test_an_early_paragraph_does_not_waste_a_message() -> None:
    assert cut("短\n\n" + "很长，" * 20, 100) == ("短\n\n" + "很长，" * 10, "很长，" * 10)


@pytest.mark.parametrize("whole", [FAMILY, TONED, CHINA, KEYCAP, SCOTLAND, "e\u0301", LINK, "1,044.71", "2026-12-05"])
@pytest.mark.parametrize("before", ["", "好", CHINA])
def test_what_belongs_together_is_never_cut(whole: str, before: str) -> None:
    size = len(whole.encode())
    for limit in range(max(size, 8), 5 * size):
        rest, pieces = before + "中" + whole + "中" + whole + "文" * 3, []
        while rest:
            piece, rest = cut(rest, limit)
            pieces.append(piece)
        assert sum(piece.count(whole) for piece in pieces) == 2 + (whole == before)
        assert max(len(piece.encode()) for piece in pieces) <= limit


def test_what_is_longer_than_a_message_is_cut_between_code_points() -> None:
    for text in ("x" * 5000, "e" + "\u0301" * 3000, FAMILY + "\u200d👧" * 900):
        fitted = fit(text, 9)
        assert ("".join(fitted.texts), fitted.rest) == (text, "")


WHOLE = [FAMILY, TONED, CHINA, KEYCAP, SCOTLAND, LINK, "1,044.71", "e\u0301"]
SIGNS = [*WHOLE, "。", "！”", "\n", "\n\n", "，", " ", "𠮷", "借款" * 9]
SEEDS = st.lists(st.sampled_from(SIGNS) | st.text(max_size=8), max_size=30)
TEXTS = st.builds(lambda seeds, times: "".join(seeds) * times, SEEDS, st.integers(1, 60))


@given(text=TEXTS, room=st.integers(0, 5))
@example(text="还" * 5000, room=1)
@example(text="还" * 666 + "。", room=1)
@example(text=LINK * 32, room=1)
def test_nothing_is_lost_and_no_message_is_too_long(text: str, room: int) -> None:
    text = clean(text)
    fitted = fit(text, room)
    parts = [*fitted.texts[:-1], *(part.removesuffix(MORE) for part in fitted.texts[-1:]), fitted.rest]
    assert packed("".join(parts)) == packed(text)
    assert len(fitted.texts) <= room
    assert all(0 < len(part.encode()) <= 2000 for part in fitted.texts)
    assert [part.endswith(MORE) for part in fitted.texts] == [
        bool(fitted.rest) and number == room for number in range(1, len(fitted.texts) + 1)
    ]
    assert [link for part in parts for link in ANCHOR.findall(part)] == ANCHOR.findall(text)


@given(seeds=st.lists(st.sampled_from(SIGNS), min_size=1, max_size=60), times=st.integers(1, 40))
def test_emoji_links_and_amounts_arrive_whole(seeds: list[str], times: int) -> None:
    text = "好".join(seeds * times)
    fitted = fit(text, 1000)
    for whole in WHOLE:
        assert sum(part.count(whole) for part in fitted.texts) == text.count(whole)


@given(text=TEXTS)
def test_few_messages_are_needed(text: str) -> None:
    text = clean(text)
    assert len(fit(text, 100).texts) <= 1 + len(text.encode()) // 900


SOUP = st.lists(st.sampled_from(["<", "a", " ", ">", "/", 'href="', '"', "https://", "http://", "x.example", "看"]))


@example(text="<a <")
@given(text=SOUP.map("".join))
def test_no_other_link_is_left_whatever_the_tags_look_like(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not re.search(r"</?a[\s>]", ANCHOR.sub("", cleaned))


@given(text=TEXTS)
def test_cleaning_leaves_only_signs_that_xml_and_wechat_take(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not [sign for sign in cleaned if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cs")]
    assert not re.search("[\ufffe\uffff]", cleaned)


def packed(text: str) -> str:
    return "".join(text.split())
