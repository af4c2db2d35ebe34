"""What a masked text still shows, and that it shows nothing else."""
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.privacy.evaluation import TABLE, read
from dengta.privacy.folding import fold
from dengta.privacy.masking import mask
from dengta.privacy.recognisers import find
from tests.privacy.numbers import CHATTER, cards, id_numbers, phones, written

SENTENCES = [sentence.text for sentence in read(TABLE)]
MIXED = st.one_of(
    st.text(max_size=80),
    st.text("0123456789一幺零 -.,@*xX号路区市村栋室王李卡微信qq手机我叫验证码元杭州\n", max_size=60),
    st.tuples(st.sampled_from(SENTENCES), st.text(max_size=3), st.sampled_from(SENTENCES)).map("".join),
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("手机19900000012", "手机199****0012"),
        ("手机 199 0000 0012", "手机 199****0012"),
        ("幺九九零零零零零零幺二", "199****0012"),
        ("公司座机0571-80000012", "公司座机****0012"),
        ("990101199001010019", "99010119**********"),
        ("身份证990101900101001", "身份证990101**********"),
        ("卡号6200 0012 3456 7897", "卡号****7897"),
        ("我叫王小芳", "我叫王**"),
        ("我叫欧阳小雨", "我叫欧阳**"),
        ("住浙江省杭州市西湖区灯芯巷12号3幢501室", "住浙江省杭州市***"),
        ("住西湖区灯芯巷12号3幢501室", "住***"),
        ("验证码482913", "验证码******"),
        ("发到wang.fang@example.com", "发到w***@example.com"),
        ("微信dengta_0012", "微信d***"),
        ("QQ99990012", "QQ9***"),
        ("车牌浙Z00123", "车牌浙Z*****"),
        ("税号92990000MA00000005", "税号****0005"),
        ("借了3万分12期，8号还，订单号2026112200018834", "借了3万分12期，8号还，订单号2026112200018834"),
    ],
)
def test_a_mask_keeps_what_tells_people_which_one_is_meant(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_known_values_are_masked() -> None:
    known = ["慕容天佑", "19900000012", "浙江省杭州市"]
    assert mask("慕容天佑 的 1 9 9 0 0 0 0 0 0 1 2，浙江省杭州市", known) == "慕容** 的 199****0012，***"


@given(MIXED, st.lists(st.text(max_size=12), max_size=2))
def test_masking_twice_is_masking_once(text: str, known: list[str]) -> None:
    once = mask(text, known)
    assert mask(once, known) == once
    assert find(once, known) == ()


@given(CHATTER, CHATTER, st.data())
def test_no_number_can_be_read_from_a_masked_text(before: str, after: str, data: st.DataObject) -> None:
    value = data.draw(st.one_of(phones(), id_numbers(), cards()))
    masked = fold(mask(before + data.draw(written(value)) + after)).digits
    shown = re.sub(r"[^\dx*]", "", masked)
    assert value.lower() not in shown
    assert len(re.sub(r"\D", "", shown)) <= 8


def test_whatever_is_found_in_a_labelled_sentence_is_gone_from_it() -> None:
    for sentence in read(TABLE):
        masked = mask(sentence.text, sentence.known)
        for each in find(sentence.text, sentence.known):
            assert sentence.text[each.start:each.end] not in masked
