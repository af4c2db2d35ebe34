"""Makes `labelled.tsv` from the sentences in `situations/`: the same numbers every time, and none that is anybody's.

Run `python -m tests.privacy.generate` after a change of the sentences. A line of `situations/*.txt` is a sentence with
slots:

    {phone:dash}     a generated value, written in a style; labelled as personal data
    {name=王小芳}     this text, labelled
    {~d12}           a generated number that is nobody's (12 digits; `luhn16`: it would pass for a card; `serialphone`)
    K[a|b]           first in a line: values known from the customer's record; `{phone:known:sp}` writes the known phone

Lines stand under `## group`, or `## group x2` to fill each line twice. In the table a label reads ⟨kind|text⟩.
"""
import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Callable, Iterator

from stdnum import luhn
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

HERE = Path(__file__).parent
TABLE = HERE / "labelled.tsv"
PARTS = ("dev", "blind", "check")
COLUMNS = ("part", "group", "known", "text")

_KINDS = {"id": "id_number", "code": "one_time_code", "addr": "address", "uscc": "credit_code"}
_SLOT = re.compile(r"\{(?P<free>~)?(?P<kind>[a-z]+?)(?P<size>\d+)?(?::(?P<style>[a-z0-9*:]+)|=(?P<text>[^}]+))?\}")
_KNOWN = re.compile(r"K\[(.*?)\]")
_GROUPS = {
    "phone": {"sp": (3, 4, 4), "sp2": (4, 4, 3)},
    "id": {"sp": (6, 8, 4), "sp2": (4, 4, 4, 4, 2)},
    "card": {"sp6": (6, 13)},
    "code": {"sp": (2, 2, 2), "dash": (3, 3)},
    "qq": {"sp": (4, 4)},
}
_JOINTS = {"dash": "-", "dot": ".", "under": "_", "slash": "/", "comma": "，", "nl": "\n", "fulldash": "－"}
_SCRIPTS = {
    "full": "０１２３４５６７８９", "han": "零一二三四五六七八九", "yao": "零幺二三四五六七八九",
    "cha": "零一二三四五六七八九", "trad": "零壹贰叁肆伍陆柒捌玖", "dong": "洞幺两三四五六拐八勾",
    "circ": "⓪①②③④⑤⑥⑦⑧⑨",
}  # fmt: skip
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "庞樊兰殷施陶洪翟安颜倪"
)
_GIVEN = {
    1: list("伟芳娜敏静强磊军洋勇艳杰涛明超霞平刚"),
    2: re.findall(
        "..",
        "桂英秀兰建国志强丽华海燕春梅玉兰晓彤雨桐子涵梓轩浩宇欣怡思远嘉宁俊熙诗雅国栋永康晨曦若溪明哲婉婷立新静怡"
        "天佑振华桂芳启明语嫣承志慧敏少华文博佳慧小燕大勇冬梅红霞学军宝珠淑珍凤英长顺德胜素云彩霞爱民卫东跃进梦琪"
        "一鸣可欣亦凡沐阳书瑶",
    ),
}
_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_AREAS = ("010", "021", "0571", "0755", "028", "0371", "0431", "0591", "0771", "0931")


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of the table in the order of the sentences."""
    for part in PARTS:
        group, times = "", 1
        for line in (HERE / "situations" / f"{part}.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                group, times = (line[3:-3], 2) if line.endswith(" x2") else (line[3:], 1)
                continue
            for time in range(times):
                known, text = _fill(line, random.Random(f"{part} {group} {line} {time}"))
                yield part, group, known, _escaped(text)


def write() -> None:
    """Write the table."""
    lines = ["\t".join(row) for row in [COLUMNS, *rows()]]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _fill(line: str, dice: random.Random) -> tuple[str, str]:
    known: list[str] = []
    if given := _KNOWN.match(line):
        line = line[given.end():]
        known = _SLOT.sub(lambda slot: _value(slot["kind"], slot["style"] or "", dice), given[1]).split("|")
    return "|".join(known), _SLOT.sub(lambda slot: _slot(slot, known, dice), line)


def _slot(slot: re.Match[str], known: list[str], dice: random.Random) -> str:
    kind, style = slot["kind"], slot["style"] or ""
    if slot["free"]:
        return _nobodys(kind, int(slot["size"] or 11), dice)
    if slot["text"]:
        text = slot["text"]
    elif style.startswith("known"):
        number = next(value for value in known if value[:-1].isdigit())
        text = _written(number, kind, style.removeprefix("known:"), dice)
    else:
        text = _written(_value(kind, style, dice), kind, style, dice)
    return f"⟨{_KINDS.get(kind, kind)}|{text}⟩"


def _value(kind: str, style: str, dice: random.Random) -> str:
    """Return a made-up value of a kind, as a system would print it."""
    return _MAKERS[kind](style, dice)


def _phone(style: str, dice: random.Random) -> str:
    start = f"1{dice.randint(3, 9)}{dice.randrange(10)}" if style == "*" or dice.random() < 0.4 else "199"
    return f"{start}0000{_digits(4, dice)}"


def _id(style: str, dice: random.Random) -> str:
    """No region code starts with 99 (GB/T 2260), so the number cannot be a real person's."""
    born = date(1950, 1, 1) + timedelta(days=dice.randrange(20800))
    if style == "old":
        return f"99{_digits(4, dice)}{born:%y%m%d}{_digits(3, dice)}"
    body = f"99{_digits(4, dice)}{born:%Y%m%d}{_digits(3, dice)}"
    check = mod_11_2.calc_check_digit(body)
    if style in ("x", "cha") and check != "X":
        return _id(style, dice)
    return body + (str((int(check.replace("X", "0")) + 4) % 10) if style == "typo" else check)


def _card(style: str, dice: random.Random) -> str:
    length = int(style) if style.isdigit() else dice.choice((16, 16, 19))
    body = dice.choice(("620000", "622200", "621700") if length == 19 else ("620000", "400000", "510000", "625000"))
    body += "00" + _digits(length - 9, dice)
    check = luhn.calc_check_digit(body)
    return body + (str((int(check) + 3) % 10) if style == "typo" else check)


def _code(style: str, dice: random.Random) -> str:
    return _digits(int(style) if style.isdigit() else 6, dice)


def _name(style: str, dice: random.Random) -> str:
    length = int(style) if style.isdigit() else dice.choice((2, 3))
    return dice.choice(_SURNAMES) + dice.choice(_GIVEN[length - 1])


def _landline(style: str, dice: random.Random) -> str:
    local = f"{dice.randint(6, 8)}000{_digits(4, dice)}"
    area = dice.choice(_AREAS)
    shapes = {"noarea": local, "400": f"400-000-{_digits(4, dice)}", "bare": area + local, "sp": f"{area} {local}",
              "paren": f"({area}){local}"}
    return shapes.get(style, f"{area}-{local}")


def _email(style: str, dice: random.Random) -> str:
    who = dice.choice(("wangfang", "li.lei", "zhao_min", "chenyu88", "sunhao-1990", "9999000012", "x7", "ourshop.work"))
    return f"{who}{dice.choice(('', _digits(2, dice)))}@{dice.choice(('example.com', 'mail.example', 'qq.example'))}"


def _qq(style: str, dice: random.Random) -> str:
    return f"9999{_digits(6 if style == '10' else 4, dice)}"


def _plate(style: str, dice: random.Random) -> str:
    start = dice.choice(_PLATES) + dice.choice("ABCDEFGH")
    if style == "ev":
        return f"{start}{dice.choice('DF')}0{_digits(4, dice)}"
    shapes = (f"00{_digits(3, dice)}", f"0{dice.choice('ABCDEFGHJK')}0{_digits(2, dice)}", f"Q{_digits(4, dice)}")
    tail = dice.choice(shapes)
    return {"dot": f"{start}·{tail}", "sp": f"{start} {tail}", "lower": (start + tail).lower()}.get(style, start + tail)


def _uscc(style: str, dice: random.Random) -> str:
    """Region 990000 does not exist, so the code is no company's."""
    own = "".join(dice.choice("0123456789ABCDEFGH") for _ in range(7))
    body = f"{dice.choice(('91', '92', '93'))}990000MA{own}"
    code = body + uscc.calc_check_digit(body)
    return {"lower": code.lower(), "sp": f"{code[:8]} {code[8:17]} {code[17]}"}.get(style, code)


_MAKERS: dict[str, Callable[[str, random.Random], str]] = {
    "phone": _phone, "id": _id, "card": _card, "code": _code, "name": _name, "landline": _landline, "email": _email,
    "qq": _qq, "plate": _plate, "uscc": _uscc,
}  # fmt: skip


def _nobodys(kind: str, size: int, dice: random.Random) -> str:
    if kind == "serialphone":
        return _phone("*", dice)
    if kind == "luhn":
        body = dice.choice("245689") + _digits(size - 2, dice)
        return body + luhn.calc_check_digit(body)
    return str(dice.randint(1, 9)) + _digits(size - 1, dice)


def _written(value: str, kind: str, style: str, dice: random.Random) -> str:
    """Return a value as somebody writes it who wants it to be read, or not to be blocked."""
    if style in _SCRIPTS:
        text = value.translate(str.maketrans("0123456789", _SCRIPTS[style]))
        return text.replace("X", "叉") if style == "cha" else text
    if style == "x":
        return value.lower()
    if style == "one":
        return " ".join(value)
    if style == "zw":
        return "\u200b".join((value[:3], value[3:7], value[7:]))
    if style == "key":
        return "".join(f"{digit}\ufe0f\u20e3" for digit in value)
    if style == "paren":
        return value if kind == "landline" else f"({value[:3]}){value[3:7]}-{value[7:]}"
    if style == "mix":
        return "".join(_SCRIPTS["han"][int(c)] if c.isdigit() and dice.random() < 0.4 else c for c in value)
    if style == "odd":
        cuts = sorted(dice.sample(range(1, len(value)), 3))
        return " ".join(value[start:end] for start, end in zip([0, *cuts], [*cuts, len(value)]))
    if style in _GROUPS.get(kind, {}):
        return _JOINTS.get(style, " ").join(_cut(value, _GROUPS[kind][style]))
    if kind != "plate" and (style in _JOINTS or style == "sp4"):
        shape = {"phone": (3, 4, 4), "id": (6, 8, 4)}.get(kind, (4, 4, 4, 4, 4))
        return _JOINTS.get(style, " ").join(_cut(value, shape))
    return value


def _cut(value: str, lengths: tuple[int, ...]) -> list[str]:
    ends = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
    return [value[start:end] for start, end in zip(ends, ends[1:]) if value[start:end]]


def _digits(count: int, dice: random.Random) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def _escaped(text: str) -> str:
    return text.replace("\n", r"\n").replace("\u200b", r"\u200b")


if __name__ == "__main__":
    write()
