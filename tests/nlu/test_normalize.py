"""What customers type, and the plain form the assistant reads."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.nlu import lexicon
from dengta.nlu.normalize import Normalizer


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("還款", "还款"),
        ("點樣提前還款？", "怎么提前还款?"),
        ("我几时还钱呀", "我什么时候还钱呀"),
        ("唔该帮我睇下仲欠几多", "谢谢帮我看看还欠多少"),
        ("咋还没下来", "怎么还没下来"),
        ("逾欺了咋整", "逾期了怎么办"),
        ("微粒袋", "微粒贷"),
        ("微 粒 袋", "微粒贷"),
        ("优惠劵", "优惠券"),
        ("huankuan", "还款"),
        ("wo yao huankuan", "我要还款"),
        ("zenmehuankuan", "怎么还款"),
        ("尾号１２３４", "尾号1234"),
        ("太慢了！！！！", "太慢了!"),
        ("嗯 我想还款", "我想还款"),
        ("APP打不开", "app打不开"),
        ("1000块", "1000块"),
        ("还\u200b款", "还款"),
    ],
)
def test_reads_what_is_meant(normalizer: Normalizer, typed: str, read: str) -> None:
    assert normalizer.normalize(typed).text == read


@pytest.mark.parametrize(
    "said",
    [
        "什么时候还款", "什么事", "为什么不能借", "是什么原因", "那么多", "怎么个意思", "申请仲裁",
        "个人公积金", "系统繁忙", "联系客服", "还请帮忙", "直接款项", "身份证信息", "我地址变了",
        "查下个月账单", "可以兑换吗", "分七期", "完成不成功", "保证金额度", "自动结清", "私人公司",
        "手机好像坏了", "剩余期数", "和同事说了", "问题额度", "由于期限到了", "渠道", "支付货",
        "made in china", "app", "lbx8b3q5k9", "lb8ma2sha9", "kf-2026-0815", "kf20261101",
    ],
)
def test_leaves_ordinary_words_alone(normalizer: Normalizer, said: str) -> None:
    assert normalizer.normalize(said).text == said


@pytest.mark.parametrize("answer", ["嗯", "嗯嗯", "哦"])
def test_keeps_a_filler_that_is_the_whole_answer(normalizer: Normalizer, answer: str) -> None:
    assert normalizer.normalize(answer).text == answer


@pytest.mark.parametrize(
    ("typed", "word", "original"),
    [
        ("我的微粒袋额度", "微粒贷", "微粒袋"),
        ("几时还", "什么时候", "几时"),
        ("太。。。。慢", "慢", "慢"),
        ("Ａ　还 款", "还款", "还 款"),
        ("华夏银行卡", "银行", "银行"),
        ("万一下周", "下周", "下周"),
    ],
)
def test_finds_the_way_back_to_the_original(normalizer: Normalizer, typed: str, word: str, original: str) -> None:
    normalized = normalizer.normalize(typed)
    start = normalized.text.index(word)
    begin, end = normalized.original(start, start + len(word))
    assert typed[begin:end] == original


@given(st.text(max_size=60))
def test_every_character_stands_for_a_part_of_the_original(normalizer: Normalizer, typed: str) -> None:
    normalized = normalizer.normalize(typed)
    assert len(normalized.spans) == len(normalized.text)
    assert all(0 <= start < end <= len(typed) for start, end in normalized.spans)
    assert list(normalized.spans) == sorted(normalized.spans)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("typos:\n  还款: [还宽]\n  花呗: [还宽]\n", 3, "already stands in line 2"),
        ("typos:\n  还款: [还款]\n", 2, "variant of itself"),
        ("typos:\n  还款: 还宽\n", 2, "needs a list"),
        ("typos:\n  还款: [还宽, '']\n", 2, "expected a word"),
        ("typos: 还款\n", 1, "pairs"),
        ("typos:\n  还款: [还宽\n花呗: [x]\n", 3, "not valid YAML"),
    ],
)
def test_a_broken_line_is_named(tmp_path, content: str, line: int, reason: str) -> None:
    path = tmp_path / "normalize.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(lexicon.LexiconError, match=rf"normalize\.yml:{line}: .*{reason}"):
        Normalizer.load(path)
