"""What a customer points at without naming it, and which messages are nothing but such a pointer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.dialogue.references import Reference, is_corrected, is_elliptical, read_reference

LOANS = {
    "第二笔": 2,
    "第2笔": 2,
    "第二笔呢": 2,
    "那第二笔呢？": 2,
    "第两笔": 2,
    "第一张": 1,
    "第三条": 3,
    "第二个": 2,
    "第十笔": 10,
    "第十二笔": 12,
    "第99笔": 99,
    "第0笔": 0,
    "弟二笔": 2,
    "第二比": 2,
    "第二笔的呢": 2,
    "要第二笔": 2,
    "选第二笔": 2,
    "我说的是第二笔": 2,
    "不对，是第二笔": 2,
    "不是这笔，是第二笔": 2,
    "不是第一笔，是第二笔": 2,
    "不是第二笔是第三笔": 3,
    "最后一笔": -1,
    "最近的那笔": -1,
    "末笔": -1,
    "倒数第二笔": -2,
}
PERIODS = {
    "第三期": 3,
    "第3期呢": 3,
    "第十期": 10,
    "第十一期": 11,
    "第二十期": 20,
    "第二十四期": 24,
    "第36期": 36,
    "那第三十六期呢": 36,
}
SHIFTS = {
    "那下一期呢": (1, False),
    "下期": (1, False),
    "下1期": (1, False),
    "嗯下期": (1, False),
    "再下一期": (1, False),
    "后面一期": (1, False),
    "下下期": (2, False),
    "上一期": (-1, False),
    "那 上期 呢": (-1, False),
    "前一期": (-1, False),
    "上上期还了吗": (-2, False),
    "这期": (0, False),
    "本期": (0, False),
    "这一期呢": (0, False),
    "当期": (0, False),
    "下个月": (1, True),
    "下月呢": (1, True),
    "下一个月": (1, True),
    "下1个月": (1, True),
    "下下个月呢": (2, True),
    "上个月": (-1, True),
    "上上个月": (-2, True),
    "这个月": (0, True),
    "本月呢": (0, True),
    "当月的": (0, True),
}
WHYS = [
    "为什么是这个数",
    "为什么是这个数？",
    "为什么是这个数字",
    "为什么这么多",
    "为什么要这么多钱",
    "为什么会这么多",
    "为什么有这么多",
    "为什么要还这么多",
    "为什么那么高",
    "为啥这么多",
    "为啥是这个数",
    "为何这么多",
    "怎么是这个数",
    "怎么这么多",
    "怎么还这么多",
    "怎么算的",
    "怎么算出来的",
    "怎么来的",
    "这个数怎么来的",
    "这个数是怎么算的",
    "咋这么多",
    "咋算的",
]
OTHERS = ["另一笔", "另外一笔呢", "别的那笔", "其他那笔", "换一笔"]
FULL_SENTENCES = [
    "下个月的工资还没发",
    "这个月还多少",
    "下个月还多少",
    "本期账单",
    "上个月的还款记录",
    "第二笔为什么没通过",
    "结清第二笔",
    "提前还第二笔",
    "我要借第二笔",
    "这个月没钱还",
    "上期没还",
    "下期能不能晚点",
    "下个月换卡",
    "怎么算利息",
    "为什么利息这么高",
    "怎么是机器人",
    "第二比较好吗",
    "下个月涨价吗",
    "这期还不上",
]
POINTING_AT_NOTHING = [
    "",
    " ",
    "？",
    "是的",
    "不是",
    "不对",
    "那",
    "嗯",
    "好的",
    "为什么",
    "怎么",
    "怎么办",
    "为什么没有通过",
    "怎么这么慢",
    "这笔",
    "那笔呢",
    "一笔",
    "都看",
    "其他的",
    "别的",
    "换个人",
    "12期",
    "分12期",
    "2",
    "二",
    "第零笔",
    "第一百期",
    "这期间",
    "下次呢",
    "第二天",
    "第二年",
]


@pytest.mark.parametrize(("text", "position"), LOANS.items())
def test_a_position_in_the_list_of_loans(text: str, position: int) -> None:
    assert read_reference(text) == Reference(loan=position)
    assert is_elliptical(text)


@pytest.mark.parametrize(("text", "number"), PERIODS.items())
def test_the_number_of_a_period(text: str, number: int) -> None:
    assert read_reference(text) == Reference(period=number)
    assert is_elliptical(text)


@pytest.mark.parametrize(("text", "shift"), SHIFTS.items())
def test_a_period_or_month_counted_from_here(text: str, shift: tuple[int, bool]) -> None:
    assert read_reference(text) == Reference(period_shift=shift[0], by_month=shift[1])
    assert is_elliptical(text)


@pytest.mark.parametrize("text", WHYS)
def test_asking_why_a_figure_is_what_it_is(text: str) -> None:
    assert read_reference(text) == Reference(why=True)
    assert is_elliptical(text)


@pytest.mark.parametrize("text", OTHERS)
def test_the_other_loan(text: str) -> None:
    assert read_reference(text) == Reference(other_loan=True)
    assert is_elliptical(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("第二笔下一期", Reference(loan=2, period_shift=1)),
        ("第二笔第三期呢", Reference(loan=2, period=3)),
        ("另一笔下个月呢", Reference(other_loan=True, period_shift=1, by_month=True)),
        ("第二笔为什么这么多", Reference(loan=2, why=True)),
    ],
)
def test_several_pointers_at_once(text: str, meant: Reference) -> None:
    assert read_reference(text) == meant
    assert is_elliptical(text)


def test_two_loans_at_once_are_not_silently_the_first() -> None:
    assert read_reference("第一笔和第二笔").loan is None


@pytest.mark.parametrize("text", FULL_SENTENCES)
def test_a_sentence_with_a_meaning_of_its_own_does_not_lean_on_the_context(text: str) -> None:
    assert not is_elliptical(text)


@pytest.mark.parametrize("text", POINTING_AT_NOTHING)
def test_most_short_messages_point_at_nothing(text: str) -> None:
    assert not read_reference(text)
    assert not is_elliptical(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("那24期呢", "24期"),
        ("分24期呢", "24期"),
        ("换成两万呢", "两万"),
        ("如果是两万呢", "两万"),
        ("JD202601010001呢", "JD202601010001"),
        ("极速贷那笔呢", "极速贷"),
        ("尾号1420的那笔", "1420"),
    ],
)
def test_entities_count_as_pointers(text: str, named: str) -> None:
    start = text.index(named)
    assert is_elliptical(text, [(start, start + len(named))])
    assert not is_elliptical(text)


@pytest.mark.parametrize(
    ("text", "named"), [("我要借两万", "两万"), ("极速贷怎么开通", "极速贷"), ("两万能提现吗", "两万")]
)
def test_a_sentence_around_an_entity_keeps_its_own_meaning(text: str, named: str) -> None:
    start = text.index(named)
    assert not is_elliptical(text, [(start, start + len(named))])


@given(st.text(max_size=40))
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(read_reference(text), Reference) and is_elliptical(text) in (True, False)


@given(st.integers(min_value=1, max_value=99))
def test_numbers_in_digits_and_in_chinese_mean_the_same(number: int) -> None:
    ones = "零一二三四五六七八九"
    tens = "" if number < 10 else "十" if number < 20 else ones[number // 10] + "十"
    chinese = tens + (ones[number % 10] if number % 10 else "")
    assert read_reference(f"第{chinese}期") == read_reference(f"第{number}期") == Reference(period=number)


@pytest.mark.parametrize(
    ("text", "corrected"),
    [("3期，哦不，6期", True), ("不是3期，是6期", True), ("3期改6期", True), ("3期还是6期", False)],
)
def test_a_figure_may_be_corrected_in_the_same_message(text: str, corrected: bool) -> None:
    start = text.index("3期")
    assert is_corrected(text, start, start + 2, text.index("6期")) is corrected
