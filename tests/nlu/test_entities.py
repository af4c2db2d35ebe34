"""Figures, days, codes and names, as they come out of the extractor with offsets into the text as typed."""
from datetime import date
from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.nlu.entities import find
from dengta.nlu.names import Names
from dengta.nlu.normalize import Normalizer
from dengta.nlu.numerals import CHINESE, whole
from tests.nlu.conftest import TODAY


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        ("借一万五分12期", "一万五", "15000.00"),
        ("1.5w", "1.5w", "15000.00"),
        ("两千三", "两千三", "2300.00"),
        ("3,000块", "3,000块", "3000.00"),
        ("五百来块", "五百来块", "500.00"),
        ("１００元", "１００元", "100.00"),
        ("3块5", "3块5", "3.50"),
        ("十五块八毛", "十五块八毛", "15.80"),
        ("一百零五块三毛二", "一百零五块三毛二", "105.32"),
        ("还2000行吗", "2000", "2000.00"),
        ("2000", "2000", "2000.00"),
        ("¥88.5", "¥88.5", "88.50"),
        ("1500.50元", "1500.50元", "1500.50"),
        ("借8千", "8千", "8000.00"),
        ("2千3", "2千3", "2300.00"),
        ("五万以内", "五万", "50000.00"),
        ("借壹万伍仟", "壹万伍仟", "15000.00"),
        ("三万左右", "三万", "30000.00"),
        ("扣了我200", "200", "200.00"),
        ("一万一个月利息多少", "一万", "10000.00"),
        ("兩萬三", "兩萬三", "23000.00"),
        ("借5K", "5K", "5000.00"),
        ("0.5元", "0.5元", "0.50"),
        ("三点五万能借吗", "三点五万", "35000.00"),
        ("借呗两千五一个月后还", "两千五", "2500.00"),
        ("扣了一千八两次", "一千八", "1800.00"),
        ("还6百行吗", "6百", "600.00"),
        ("扣一毛五", "一毛五", "0.15"),
        ("扣我38.6啥名目", "38.6", "38.60"),
        ("多扣了我88", "88", "88.00"),
        ("扣了12.15是啥", "12.15", "12.15"),
        ("店家退我299", "299", "299.00"),
        ("那900怎么补", "900", "900.00"),
        ("10月18号那笔9800", "9800", "9800.00"),
        ("30号的1150", "1150", "1150.00"),
        ("一共1766.8", "1766.8", "1766.80"),
        ("到期4,260.00", "4,260.00", "4260.00"),
        ("这个月3,000", "3,000", "3000.00"),
        ("8000分十二期", "8000", "8000.00"),
        ("借三千分半年", "三千", "3000.00"),
        ("2000到3000", "3000", "3000.00"),
        ("2000-3000的小额", "2000", "2000.00"),
        ("满1000减50的券", "1000", "1000.00"),
        ("满1000减50的券", "50", "50.00"),
        ("2000吧", "2000", "2000.00"),
        ("两万几天到账", "两万", "20000.00"),
        ("一万多久到账", "一万", "10000.00"),
        ("花呗逾期两千多", "两千多", "2000.00"),
        ("差一块没还上", "一块", "1.00"),
        ("欠两分也催", "两分", "0.02"),
        ("还差了3分", "3分", "0.03"),
        ("少了五分钱", "五分钱", "0.05"),
        ("多扣了两分", "两分", "0.02"),
        ("差了一块没还上", "一块", "1.00"),
        ("昨天还的2000", "2000", "2000.00"),
        ("扣的38.6是啥", "38.6", "38.60"),
        ("2W5一直在放款中", "2W5", "25000.00"),
        ("两万一直没到", "两万", "20000.00"),
        ("借三万一起还", "三万", "30000.00"),
        ("借5000万一还不上", "5000", "5000.00"),
        ("还2000千万别重复扣", "2000", "2000.00"),
        ("红包8.88怎么用", "8.88", "8.88"),
        ("8.88的红包没到", "8.88", "8.88"),
        ("服务费是9.9", "9.9", "9.90"),
        ("利息12.15谁收的", "12.15", "12.15"),
        ("只到账4875.5", "4875.5", "4875.50"),
        ("白条9月账单327.8对不上", "327.8", "327.80"),
        ("688.8走银联", "688.8", "688.80"),
        ("38.6", "38.6", "38.60"),
    ],
)
def test_amounts(entities, text: str, span: str, value: str) -> None:
    assert ("amount", span, value) in entities(text)


@pytest.mark.parametrize(
    "text",
    ["万分之五", "百分之二", "千万别", "百度", "万一", "第3期", "123456", "2026年", "7.2%", "1001号", "0元", "一二三",
     "138****0000", "发到138****0000了", "合一块还", "加在一块还", "这一块不懂", "收到482913", "验证码是482913",
     "客服95588", "400-820-8820", "利率是7.20", "版本8.2.1", "到2027元旦", "满18岁", "排到132位",
     "真是一毛不拔", "九牛一毛", "十万火急", "一分钱都没收到", "一毛没花", "没拿到一块钱", "一分钱额度没涨",
     "没给过我一分钱额度", "到期了一分钱都没有", "一分不少还了", "打1分", "三分利太高", "芝麻分差5分", "差两分钟",
     "2026.9开的户", "我叫陆百川", "户名万千", "利息7.2个点", "跑了123.5公里"],
)
def test_no_amounts(entities, text: str) -> None:
    assert not [entity for entity in entities(text) if entity[0] == "amount"]


@given(st.decimals(min_value="0.01", max_value="99999999", places=2))
def test_any_sum_written_in_digits_is_found(normalizer: Normalizer, names: Names, amount: Decimal) -> None:
    (entity,) = find(normalizer.normalize(f"我想还{amount}元"), names, TODAY)
    assert (entity["entity"], entity["value"]) == ("amount", str(amount))


@given(st.integers(min_value=1, max_value=99_999_999))
def test_any_sum_written_in_numerals_is_found(normalizer: Normalizer, names: Names, yuan: int) -> None:
    (entity,) = find(normalizer.normalize(f"扣了我{cn2an.an2cn(yuan)}块钱"), names, TODAY)
    assert (entity["entity"], entity["value"]) == ("amount", f"{yuan}.00")


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        ("12期", "12期", 12),
        ("一年", "一年", 12),
        ("三个月", "三个月", 3),
        ("半年", "半年", 6),
        ("一年半", "一年半", 18),
        ("两年", "两年", 24),
        ("分十二期", "十二期", 12),
        ("分12", "12", 12),
        ("借3个月", "3个月", 3),
        ("分成6期还", "6期", 6),
        ("断了2期没交", "2期", 2),
        ("借一年半没这档", "一年半", 18),
        ("一年多少利息", "一年", 12),
        ("三期多付几毛", "三期", 3),
        ("只借俩月", "俩月", 2),
        ("俩个月行吗", "俩个月", 2),
        ("借仨月", "仨月", 3),
    ],
)
def test_periods(entities, text: str, span: str, value: int) -> None:
    assert entities(text) == [("period", span, value)]


@pytest.mark.parametrize(
    "text", ["第3期", "下一期", "逾期三个月", "一年前", "2026年", "年利率", "每个月", "100期", "上一期",
             "用了一年多", "半年没用了", "一年半没还了", "三个月没有还", "一分为二", "分两批扣", "分三笔还", "芝麻分60",
             "俩月没还了", "等了一年半载", "一年到头", "我俩月入一万"]
)
def test_no_periods(entities, text: str) -> None:
    assert not [entity for entity in entities(text) if entity[0] == "period"]


@pytest.mark.parametrize(
    ("text", "entity", "span", "value"),
    [
        ("我手机199 0000 1234", "phone", "199 0000 1234", "19900001234"),
        ("199-0000-1234", "phone", "199-0000-1234", "19900001234"),
        ("１９９００００１２３４", "phone", "１９９００００１２３４", "19900001234"),
        ("+86 19900001234", "phone", "19900001234", "19900001234"),
        ("幺九九零零零零幺二三四", "phone", "幺九九零零零零幺二三四", "19900001234"),
        ("尾号1234的卡", "card_tail", "1234", "1234"),
        ("卡尾号是６６８８", "card_tail", "６６８８", "6688"),
        ("1234那张卡", "card_tail", "1234", "1234"),
        ("后四位六六八八", "card_tail", "六六八八", "6688"),
        ("借据jd202601010001", "order_no", "jd202601010001", "JD202601010001"),
        ("JD 2026 0101 0001", "order_no", "JD 2026 0101 0001", "JD202601010001"),
        ("工单GD-202601010001", "order_no", "GD-202601010001", "GD202601010001"),
        ("兑换码lb8k2m9qxz", "order_no", "lb8k2m9qxz", "LB8K2M9QXZ"),
        ("身份证990101199003072977", "id_number", "990101199003072977", "990101199003072977"),
        ("卡尾2260", "card_tail", "2260", "2260"),
        ("借据LN20260714A3那笔", "order_no", "LN20260714A3", "LN20260714A3"),
        ("tk-83920号工单", "order_no", "tk-83920", "TK-83920"),
        ("兑换A8F3KD92", "order_no", "A8F3KD92", "A8F3KD92"),
        ("工单KF-2026-0815", "order_no", "KF-2026-0815", "KF-2026-0815"),
        ("券码MNY-5520K12月8日过期", "order_no", "MNY-5520K", "MNY-5520K"),
        ("少打一位JD20260101000", "order_no", "JD20260101000", "JD20260101000"),
        ("流水号20261118004417查不着", "order_no", "20261118004417", "20261118004417"),
        ("订单号是13900001111222", "order_no", "13900001111222", "13900001111222"),
        ("合同编号：2026-1107-1122", "order_no", "2026-1107-1122", "2026-1107-1122"),
        ("单号:88120261", "order_no", "88120261", "88120261"),
        ("交易编号 2026111800441799", "order_no", "2026111800441799", "2026111800441799"),
    ],
)
def test_codes(entities, text: str, entity: str, span: str, value: str) -> None:
    assert (entity, span, value) in entities(text)


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("19900001234元", "phone"),
        ("19900001234块", "phone"),
        ("1990000123", "phone"),
        ("199000012345", "phone"),
        ("990101199003072971", "id_number"),
        ("99010119900230297X", "id_number"),
        ("JD2026", "order_no"),
        ("错误码ERR10086", "order_no"),
        ("iphone16promax", "order_no"),
        ("1000rmb", "order_no"),
        ("10w-20w", "order_no"),
        ("abc1234567@example.com", "order_no"),
        ("身份证后四位0014", "card_tail"),
        ("手机尾号1234那个", "card_tail"),
        ("1234块", "card_tail"),
        ("我的流水20261118", "order_no"),
        ("订单号1234", "order_no"),
        ("20261118004417", "order_no"),
        ("订单号2026-11-02那个", "order_no"),
    ],
)
def test_no_codes(entities, text: str, entity: str) -> None:
    assert entity not in [found[0] for found in entities(text)]


@pytest.mark.parametrize(
    ("text", "entity", "span", "value"),
    [
        ("用招行卡还", "bank", "招行", "招商银行"),
        ("中国银行的卡", "bank", "中国银行", "中国银行"),
        ("工商銀行", "bank", "工商銀行", "中国工商银行"),
        ("花被怎么还", "product", "花被", "花呗"),
        ("薪享贷", "product", "薪享贷", "灯塔薪享贷"),
        ("QQ上还", "channel", "QQ", "QQ"),
        ("那张中行的注销了", "bank", "中行", "中国银行"),
        ("中国农行", "bank", "农行", "中国农业银行"),
        ("华夏银行卡", "bank", "华夏银行", "华夏银行"),
        ("微信支付宝都行", "channel", "支付宝", "支付宝"),
        ("想开花呗", "product", "花呗", "花呗"),
    ],
)
def test_names(entities, text: str, entity: str, span: str, value: str) -> None:
    assert (entity, span, value) in entities(text)


@pytest.mark.parametrize("text", ["资料这么提交行吗", "加工行业", "手工行不行", "别给我打白条", "一路平安", "发扬光大",
                                  "稍微信用差点", "黑白条纹", "条款明白条件也懂", "部分付款", "资金条件", "每月付多少",
                                  "这个月付不起", "这月付不起", "部分付了", "我叫周一鸣,名字不对", "姓名:周日升",
                                  "二号店的收款码", "7号楼", "人民路88号",
                                  "3号窗口", "后天养成的"])
def test_nothing_inside_other_words_and_names(entities, text: str) -> None:
    assert entities(text) == []


def test_the_longest_name_wins_and_latin_names_stand_alone(entities) -> None:
    assert entities("京东白条") == [("product", "京东白条", "白条")]
    assert entities("qqq") == []


@pytest.mark.parametrize(
    ("text", "span", "value"),
    [
        ("11.9那天还的", "11.9", "2026-11-09"),
        ("11.9还的没入账", "11.9", "2026-11-09"),
        ("12.5号扣吗", "12.5号", "2026-12-05"),
        ("12.5之前给你", "12.5", "2026-12-05"),
        ("10/8那天", "10/8", "2026-10-08"),
        ("9/1那次", "9/1", "2026-09-01"),
        ("红包12.15过期", "12.15", "2026-12-15"),
        ("叫他周一来", "周一", "2026-11-16"),
        ("10号店家退的", "10号", "2026-11-10"),
        ("15号房贷要扣", "15号", "2026-12-15"),
        ("我知道15号扣款", "15号", "2026-11-15"),
        ("俩月后结清", "俩月后", "2027-01-22"),
        ("今天下午", "今天", "2026-11-22"),
        ("我是周三还的", "周三", "2026-11-18"),
        ("俩礼拜后", "俩礼拜后", "2026-12-06"),
        ("后天养老金到账", "后天", "2026-11-24"),
    ],
)
def test_days(entities, text: str, span: str, value: str) -> None:
    assert ("date", span, value) in entities(text)


@pytest.mark.parametrize(
    "text", ["3/5那步", "第12.3条", "8.8那个红包", "利率3.5之前是4", "年化7.2以前是6", "利率降到3.5之前"]
)
def test_no_days(entities, text: str) -> None:
    assert "date" not in [found[0] for found in entities(text)]


_SUNDAY, _WEDNESDAY = TODAY, date(2026, 11, 18)


@pytest.mark.parametrize(
    ("text", "today", "value"),
    [
        ("周五能放下来不", _SUNDAY, "2026-11-27"),
        ("周五提交的审了没", _SUNDAY, "2026-11-20"),
        ("周五还能查到吗，昨天还了", _SUNDAY, "2026-11-20"),
        ("礼拜三再来申请", _SUNDAY, "2026-11-25"),
        ("周五能到账吗", _WEDNESDAY, "2026-11-20"),
        ("周五就还了怎么还催", _WEDNESDAY, "2026-11-13"),
        ("周五提交的怎么还没审", _WEDNESDAY, "2026-11-13"),
        ("周一到账吗", _SUNDAY, "2026-11-23"),
        ("周五还不上", _SUNDAY, "2026-11-27"),
        ("10号扣不了款是咋回事", _SUNDAY, "2026-11-10"),
        ("25号要还的没钱", _SUNDAY, "2026-11-25"),
        ("25号刚还", _SUNDAY, "2026-10-25"),
        ("这周五扣的", _WEDNESDAY, "2026-11-20"),
        ("25号已经扣走了，别再催了", _SUNDAY, "2026-10-25"),
        ("25号还的怎么没入账", _SUNDAY, "2026-10-25"),
        ("25号就还完了", _SUNDAY, "2026-10-25"),
        ("25号到期，已经还了", _SUNDAY, "2026-11-25"),
        ("25号还的话行吗", _SUNDAY, "2026-11-25"),
        ("25号还完了能提额吗", _SUNDAY, "2026-11-25"),
        ("31号已经扣了", _SUNDAY, "2026-10-31"),
        ("5号能放款吗", _SUNDAY, "2026-12-05"),
        ("10号就扣完了怎么还发短信", _SUNDAY, "2026-11-10"),
    ],
)
def test_what_is_said_of_a_day_tells_past_from_future(normalizer, names, text: str, today: date, value: str) -> None:
    assert value in [entity["value"] for entity in find(normalizer.normalize(text), names, today)]


@given(st.text(alphabet=CHINESE + "0123456789.,wk点个期号", max_size=12))
def test_no_heap_of_numerals_breaks_the_reading(text: str) -> None:
    assert whole(text) is None or isinstance(whole(text), int)


@given(st.text(max_size=80))
def test_any_text_gives_entities_that_lie_in_it_apart_from_each_other(normalizer, names, text: str) -> None:
    found = find(normalizer.normalize(text), names, TODAY)
    ends = [0, *(entity["end"] for entity in found)]
    assert all(start <= entity["start"] < entity["end"] <= len(text) for start, entity in zip(ends, found))
