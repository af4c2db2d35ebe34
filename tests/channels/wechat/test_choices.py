"""A customer answers a numbered list in their own way; what is no choice goes to the assistant as it was written."""
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.channels.wechat.choices import asks_for_rest, choice

TITLES = ["查账单", "兑换码兑换", "转人工"]


@pytest.mark.parametrize(
    "text",
    [
        "2", "２", " 2 \n", "2.", "2。", "2、", "(2)", "（2）", "【2】", "②", "⑵", "⒉", "2️⃣", "02", "二", "两", "㈡",
        "第二", "第2", "第二个", "第 2 项", "弟二个", "第二个选项", "选2", "选择二", "我选第二个", "选项2", "回复2",
        "我要第二个", "2吧", "2 谢谢！", "兑换码兑换", "兑换码兑换。", "2. 兑换码兑换", "2、兑换码兑换",
    ],
)  # fmt: skip
def test_the_second_choice_in_many_words(text: str) -> None:
    assert choice(text, TITLES) == 1


@pytest.mark.parametrize(
    "text",
    [
        "1000元", "12期", "2期", "2号", "2元", "2个月", "2笔", "第二期", "第二笔", "选2个", "一点", "1.5", "1到2",
        "1和2", "2月2日", "二十", "十一", "零", "0", "4", "-", "", "。", "尾号2", "2222", "1990000", "第二个怎么办",
        "不选2", "2吗", "1. 兑换码兑换", "9. 查账单", "0. 转人工", "查账单吗",
    ],
)  # fmt: skip
def test_what_is_no_choice(text: str) -> None:
    assert choice(text, TITLES) is None


@pytest.mark.parametrize(
    ("text", "index"), [("12", 11), ("十二", 11), ("⑫", 11), ("10", 9), ("13", None)]
)
def test_long_lists(text: str, index: Optional[int]) -> None:
    assert choice(text, [f"第{number}笔 灯塔极速贷" for number in range(1, 13)]) == index


def test_words_win_over_numbers() -> None:
    assert choice("2", ["3期", "6期", "2"]) == 2
    assert choice("ＯＫ", ["再看看", "ok"]) == 1
    assert choice("2", []) is None


@given(count=st.integers(1, 99), data=st.data())
def test_every_number_of_a_list_chooses_its_line(count: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, count))
    assert choice(str(number), ["查账单"] * count) == number - 1


@given(text=st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    assert choice(text, TITLES) in (None, 0, 1, 2)
    assert asks_for_rest(text) in (True, False)


@pytest.mark.parametrize("text", ["继续", "继续。", "“继续”", " 继续吧 ", "继续看", "余下内容", "接着说呀"])
def test_asking_for_the_rest(text: str) -> None:
    assert asks_for_rest(text)


@pytest.mark.parametrize("text", ["继续还款", "不继续", "怎么继续", "续", "", "继续继续"])
def test_not_asking_for_the_rest(text: str) -> None:
    assert not asks_for_rest(text)
