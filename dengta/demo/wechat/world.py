"""Everything the platform knows, in memory: the account, the clock, tokens, people, and what happened."""
import asyncio
from typing import Any, Callable

from aiohttp import web

from dengta.data import read_data
from dengta.demo.wechat.clock import Clock
from dengta.demo.wechat.errors import Refused
from dengta.demo.wechat.gate import Gate
from dengta.demo.wechat.media import MediaStore
from dengta.demo.wechat.menu import Button
from dengta.demo.wechat.people import Person
from dengta.demo.wechat.sessions import Sessions
from dengta.demo.wechat.settings import Account, Corp, Rules
from dengta.demo.wechat.tokens import Tokens


class World:
    """One platform with one official account and one corporation; `base` is its own address."""

    def __init__(self, account: Account, corp: Corp, rules: Rules, clock: Clock) -> None:
        self.account, self.corp, self.rules, self.clock = account, corp, rules, clock
        self.tokens = Tokens(account.appid, account.secret)
        self.corp_tokens = Tokens(corp.corpid, corp.secret, wrong_secret=40001, unknown_token=40014)
        self.people: dict[str, Person] = {}
        self.media = MediaStore()
        self.sessions = Sessions()
        self.base = ""
        self.started = clock.now()
        self.gate = Gate(rules, clock.now, self.notice)
        self.texts: dict[str, Any] = read_data("lexicon/wechat_demo")
        self.menu: list[Button] = self.texts["menu"]
        self.news = asyncio.Event()

    @staticmethod
    def of(request: web.Request) -> "World":
        """Return the world that serves a request."""
        return request.app[WORLD]

    def person(self, openid: str, following: bool = True) -> Person:
        """Return somebody by openid; `following` is for those not known yet."""
        if openid not in self.people:
            self.people[openid] = Person(openid, self.clock.now(), following)
        return self.people[openid]

    def follower(self, openid: Any) -> Person:
        """Return a follower.

        Raises:
            Refused: 40003 there is nobody of that openid, 43004 they do not follow the account.
        """
        person = self.people.get(openid) if isinstance(openid, str) else None
        if person is None:
            raise Refused(40003)
        if not person.following:
            raise Refused(43004)
        return person

    def check_token(self, request: web.Request) -> None:
        """Raise Refused unless the request carries a good token of the official account."""
        self.tokens.check(request.query.get("access_token"), self.clock.now())

    def check_corp_token(self, request: web.Request) -> None:
        """Raise Refused unless the request carries a good token of the corporation."""
        self.corp_tokens.check(request.query.get("access_token"), self.clock.now())

    def check_either_token(self, request: web.Request) -> None:
        """Raise Refused unless the request carries a good token of the account or of the corporation."""
        value = request.query.get("access_token")
        issuer = self.corp_tokens if self.corp_tokens.issued(value) else self.tokens
        issuer.check(value, self.clock.now())

    def has_media(self, media_id: str) -> bool:
        """Tell whether a media id can be shown."""
        return self.media.find(media_id, self.clock.now()) is not None

    def notice(self) -> None:
        """Wake everybody who waits for something to happen."""
        self.news.set()
        self.news = asyncio.Event()

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Return as soon as the condition holds; it is looked at whenever something has happened.

        Raises:
            asyncio.TimeoutError: it did not come to hold.
        """

        async def waiting() -> None:
            while not condition():
                await self.news.wait()

        await asyncio.wait_for(waiting(), seconds)


WORLD = web.AppKey("world", World)
