"""What the bot or an agent said in one turn, as WeChat can show it: few texts, numbered lists instead of buttons.

Every message counts against what WeChat allows, so the bodies of a turn become one text, which is fitted into as many
messages as there is room for. What does not fit is kept by the caller until the customer asks for it.
"""
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from dengta.channels.rating_words import menu_ids
from dengta.channels.wechat import charts, links
from dengta.channels.wechat.charts import Chart
from dengta.channels.wechat.sentences import sentences
from dengta.channels.wechat.splitting import LIMIT, cut, size
from dengta.conversation.messages import Body
from dengta.handoff.satisfaction.invitations import CARD

MENU_HEAD, MENU_ITEMS = 1024, 10  # bytes and lines of a msgmenu; path/94677

_LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_GAPS = re.compile(r"\n[ \n]*\n")
_REMOVED = {"Cc", "Cs"}  # controls, half surrogate pairs
_UNSEEN = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff"  # direction


@dataclass(frozen=True)
class Composed:
    """One turn as one text. `choices` are its buttons, the first one numbered 1; `charts` go along as pictures."""

    text: str
    choices: tuple[Mapping[str, Any], ...]
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Fitted:
    """Texts to be sent in order, and what is left for when the customer asks for it."""

    texts: tuple[str, ...]
    rest: str


def compose(bodies: Sequence[Body]) -> Composed:
    """Merge the message bodies of one turn; custom data other than charts and demo codes says nothing here."""
    blocks: list[str] = []
    choices: list[Mapping[str, Any]] = []
    drawn: list[Chart] = []
    for body in bodies:
        offered = body.get("buttons") or ()
        chart = charts.read(body.get("custom"))
        blocks += [body.get("text") or "", _demo_code(body.get("custom")), charts.words(chart) if chart else ""]
        blocks.append(_menu([button["title"] for button in offered], first=len(choices) + 1))
        choices += offered
        drawn += [chart] if chart else []
    shown = (clean(block) for block in blocks)
    return Composed("\n\n".join(block for block in shown if block), tuple(choices), tuple(drawn))


def rating_menu(bodies: Sequence[Body]) -> Optional[Mapping[str, Any]]:
    """Return a turn that ends with a question about a person's help as a menu: `head`, `items` with `id` and `title`.

    None for any other turn, and for one that is longer than a menu may be.
    """
    *before, question = bodies
    custom, offered = question.get("custom") or {}, question.get("buttons") or ()
    if custom.get("type") != CARD or not offered or len(offered) > MENU_ITEMS:
        return None
    composed = compose([*before, {**question, "buttons": ()}])
    if composed.choices or size(composed.text) > MENU_HEAD:
        return None
    items = [{"id": id_, "title": each["title"]} for id_, each in zip(menu_ids(custom, len(offered)), offered)]
    return {"head": composed.text, "items": items}


def fit(text: str, room: int) -> Fitted:
    """Return a text as at most `room` messages of at most 2000 bytes; the last one says so if something is left."""
    more = "\n\n" + sentences()["more"]
    texts: list[str] = []
    rest = text.strip()
    while rest and len(texts) < room:
        is_last = len(texts) == room - 1 and size(rest) > LIMIT
        piece, rest = cut(rest, LIMIT - size(more) if is_last else LIMIT)
        texts.append(piece + more if is_last else piece)
    return Fitted(tuple(texts), rest)


def clean(text: str) -> str:
    """Return a text without what WeChat refuses or nobody can see, links to https only, no more than one empty line."""
    lines = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    visible = "".join(sign for sign in lines if sign == "\n" or not _is_unseen(sign))
    return _GAPS.sub("\n\n", links.tidy(visible)).strip()


def _menu(titles: Sequence[str], first: int) -> str:
    lines = [f"{number}. {' '.join(title.split())}" for number, title in enumerate(titles, start=first)]
    return "\n".join([sentences()["menu"], *lines]) if lines else ""


def _demo_code(custom: Optional[Mapping[str, Any]]) -> str:
    if not custom or custom.get("type") != "demo_code":
        return ""
    return str(sentences()["demo_code"].format(code=custom["code"]))


def _is_unseen(sign: str) -> bool:
    return sign in _UNSEEN or unicodedata.category(sign) in _REMOVED
