"""Ratings in words: a customer who was asked to rate a person's help answers 5, 5分, 1 3 or 跳过.

What the newest message asks is answered by the next one; so a number means something else as soon as something else
was said. Only a score with its unit (5分, 打5分, 五颗星), or a line of a menu of WeChat, means a rating until the
invitation expires. Whoever writes to people, or waits for them, is not read here at all.
"""
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Optional

from sqlalchemy import select
from sqlalchemy.engine import Engine, Row
from sqlalchemy.orm import Session

from dengta.channels.wechat import choices
from dengta.clock import real_time
from dengta.conversation.bodies import Bodies
from dengta.conversation.messages import Body
from dengta.conversation.tables import conversation, message
from dengta.database import Transactions
from dengta.handoff import entries
from dengta.handoff.satisfaction import answers
from dengta.handoff.satisfaction.answers import LONGEST, Answer, ExpiredError
from dengta.handoff.satisfaction.invitations import CARD, SCORE, about
from dengta.handoff.satisfaction.rules import NPS, SCORES, Rules, rules
from dengta.nlu.numerals import CHINESE, whole
from dengta.privacy.vault import Vault

REASONS, WORDS, RECOMMEND = "reasons", "words", "nps"  # what is asked after the score
_SAID = ("bot", "notice", "agent")
_LOOKED_BACK = 5  # lines that ask nothing, such as news of a ticket, may stand behind a question
_WEB = "web"
_PUNCTUATION = " 。！!.~～，,"


@dataclass(frozen=True)
class Rated:
    """What a message answered: `answers` are said, `note` is done in the transaction that stores the message."""

    answers: Sequence[Body] = field(repr=False)
    note: Callable[[Session], object]


@dataclass(frozen=True)
class _Asked:
    """An open invitation, what is asked at the moment, None for nothing, and how the customer is spoken to."""

    row: Row
    asks: Optional[str]
    tone: str
    is_web: bool


class RatingWords:
    """Reads what customers of all channels type. Calls raise DatabaseUnavailable when the database does not answer."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], datetime] = real_time) -> None:
        self._database = Transactions(engine)
        self._vault = vault
        self._bodies = Bodies(vault)
        self._now = now

    async def read(self, conversation_id: str, text: str, menu_id: str = "") -> Optional[Rated]:
        """Return what a message says about an invitation, None if it says something else.

        `menu_id` names the line of a menu that was chosen, as `menu_ids` made it.
        """
        return await self._database.read(lambda session: self._read(session, conversation_id, text, menu_id))

    def _read(self, session: Session, conversation_id: str, text: str, menu_id: str) -> Optional[Rated]:
        asked = self._asked(session, conversation_id)
        if asked is None:
            return None
        given = answers.answer_of(session, self._vault, asked.row)
        chosen = _of_menu(asked.row.id, menu_id)
        if chosen is not None and given is not None and chosen == (SCORE, str(given.score)):
            return Rated([], lambda session: None)  # clicked twice
        asks, said = chosen if chosen is not None else (asked.asks, text)
        if asks == SCORE and _skips(said):
            return self._say(asked, "declined", lambda session: self._decline(session, asked.row.id))
        if given is not None and asks in _AFTER_THE_SCORE:
            found = _AFTER_THE_SCORE[asks](self, asked, given, said)
            if found is not None:
                return found
        score = _score(said) if asks == SCORE else explicit_score(said)
        return self._scored(asked, given, score) if score is not None else None

    def _asked(self, session: Session, conversation_id: str) -> Optional[_Asked]:
        row = answers.newest(session, conversation_id, self._now())
        if row is None:
            return None
        talk = session.execute(select(conversation).where(conversation.c.id == conversation_id)).one()
        if talk.state != "BOT":
            return None
        asks = self._asks(session, talk, row)
        return _Asked(row, asks, entries.tone(session, row.conversation_id), talk.channel == _WEB)

    def _asks(self, session: Session, talk: Row, row: Row) -> Optional[str]:
        """Return what the newest message asks that is no plain notice; a goodbye before it asks for a score."""
        said = session.execute(
            select(message)
            .where(message.c.conversation_id == talk.id, message.c.author_kind.in_(_SAID), message.c.seq.is_not(None))
            .order_by(message.c.seq.desc())
            .limit(_LOOKED_BACK)
        ).all()
        if not said:
            return SCORE if row.conversation_id != talk.id and row.score is None and not row.declined else None
        for each in said:
            body = self._bodies.read(each)
            custom = body.get("custom") or {}
            if custom.get("type") == CARD:
                return str(custom["asks"]) if custom.get("asks") and custom["invitation"] == row.id else None
            if each.author_kind != "notice" or body.get("buttons") or custom:
                return None
        return None

    def _scored(self, asked: _Asked, given: Optional[Answer], score: int) -> Rated:
        keeps = given is not None and rules().side(given.score) == rules().side(score)
        answer = replace(given, score=score) if given is not None and keeps else Answer(score)
        if asked.is_web:
            return self._say(asked, "number", self._giving(asked, answer), score=score)
        side = rules().side(score)
        titles = [*rules().reasons[side].values(), rules().text["write"]]
        return Rated([self._question(asked, side, REASONS, titles, score=score)], self._giving(asked, answer))

    def _reasoned(self, asked: _Asked, given: Answer, said: str) -> Optional[Rated]:
        ids = list(rules().reasons[rules().side(given.score)])
        titles = [*map(rules().title, ids), rules().text["write"]]
        if _skips(said):
            return self._next(asked, given)
        chosen = several(said, titles)
        if chosen is None:
            return None
        answer = replace(given, reasons=tuple(ids[index] for index in chosen if index < len(ids)))
        if len(ids) in chosen:
            return Rated([self._question(asked, WORDS, WORDS)], self._giving(asked, answer))
        return self._next(asked, answer)

    def _wrote(self, asked: _Asked, given: Answer, text: str) -> Optional[Rated]:
        if _skips(text):
            return self._next(asked, given)
        if _wants_people(text) or any(risk.phrases.occur_in(text) for risk in rules().never_risks):
            return None
        return self._next(asked, replace(given, words=text[:LONGEST]))

    def _recommended(self, asked: _Asked, given: Answer, said: str) -> Optional[Rated]:
        number = _number(said)
        if number in NPS:
            return self._say(asked, "thanks", self._giving(asked, replace(given, nps=number)))
        return self._say(asked, "thanks", lambda session: None) if _skips(said) else None

    def _next(self, asked: _Asked, answer: Answer) -> Rated:
        return Rated([self._question(asked, RECOMMEND, RECOMMEND)], self._giving(asked, answer))

    def _question(
        self, asked: _Asked, name: str, asks: str, titles: Sequence[str] = (), **values: object
    ) -> Mapping[str, Any]:
        buttons = [{"title": title, "payload": title} for title in titles]
        text = rules().say(name, asked.tone, **values)
        return {"text": text, "buttons": buttons, "custom": about(asked.row.id, asks)}

    def _say(self, asked: _Asked, name: str, note: Callable[[Session], object], **values: object) -> Rated:
        return Rated([{"text": rules().say(name, asked.tone, **values), "custom": about(asked.row.id)}], note)

    def _giving(self, asked: _Asked, answer: Answer) -> Callable[[Session], object]:
        return lambda session: self._give(session, asked.row.id, answer)

    def _give(self, session: Session, invitation: str, answer: Answer) -> None:
        try:
            answers.give(session, self._vault, invitation, answer, self._now())
        except ExpiredError:  # in the moment since it was read: what was said stays on record
            return

    def _decline(self, session: Session, invitation: str) -> None:
        try:
            answers.decline(session, invitation, self._now())
        except ExpiredError:
            return


_AFTER_THE_SCORE = {
    REASONS: RatingWords._reasoned,
    WORDS: RatingWords._wrote,
    RECOMMEND: RatingWords._recommended,
}


def menu_ids(custom: Mapping[str, Any], count: int) -> list[str]:
    """Return the ids under which WeChat shows the lines of a question, given its custom data."""
    return [f"{custom['invitation']}-{custom['asks']}-{number}" for number in range(1, count + 1)]


def explicit_score(text: str) -> Optional[int]:
    """Return the score of a message that says so with a word around the number (5分, 打5分, 五颗星), None otherwise."""
    found = _with_words().fullmatch(_plain(text))
    if found is None or not (found["before"] or found["after"]):
        return None
    number = whole(found["number"])
    return number if number in SCORES else None


def several(text: str, titles: Sequence[str]) -> Optional[tuple[int, ...]]:
    """Return the indices a message chooses from a numbered list: 2, 第二个, a title, 1 3, 1、3 or 13; None if none."""
    one = choices.choice(text, titles)
    if one is not None:
        return (one,)
    between = rules().replies["between"]
    digits = "".join(each for each in unicodedata.normalize("NFKC", text) if not each.isspace() and each not in between)
    if not (digits.isascii() and digits.isdigit() and len(set(digits)) == len(digits)):
        return None
    chosen = sorted(int(digit) - 1 for digit in digits)
    return tuple(chosen) if chosen and chosen[0] >= 0 and chosen[-1] < len(titles) else None


def _score(text: str) -> Optional[int]:
    place = choices.choice(text, list(rules().scores.values()))
    return place + 1 if place is not None else explicit_score(text)


def _number(text: str) -> Optional[int]:
    found = _with_words().fullmatch(_plain(text))
    return whole(found["number"]) if found else None


def _of_menu(invitation: str, menu_id: str) -> Optional[tuple[str, str]]:
    """Return what was asked by the line of a menu and which number it has."""
    found = re.fullmatch(rf"{invitation}-({SCORE}|{REASONS})-(\d{{1,2}})", menu_id)
    return (found[1], found[2]) if found else None


def _skips(text: str) -> bool:
    return _plain(text) in rules().replies["skip"]


def _wants_people(text: str) -> bool:
    return _plain(text) in rules().replies["people"]


@lru_cache(maxsize=1)
def _with_words() -> "re.Pattern[str]":
    before, after, ends = (_any(rules(), kind) for kind in ("before", "after", "ends"))
    return re.compile(rf"(?P<before>{before}*)(?P<number>\d{{1,2}}|[{CHINESE}]{{1,2}})(?P<after>{after})?{ends}*")


def _any(rules: Rules, kind: str) -> str:
    words = sorted(rules.replies[kind], key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, words))})"


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).strip(_PUNCTUATION)
