"""How much one address may ask of this process. What customers may send is limited in `dengta.conversation.pace`."""
import logging
import math
import time
from collections import Counter, deque
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Callable, Iterator, Optional

from sanic.request import Request

from dengta.channels.errors import RefusedError

log = logging.getLogger(__name__)

_CROWDED_SECONDS = 10  # after which an address with too much open may ask again


def address_of(request: Request) -> Optional[str]:
    """Return who is counted for a request: its address, of an IPv6 address the network that one line gets (/64).

    None, which no limit counts, for this machine itself: a proxy here whose headers are not trusted hides everybody,
    and counting it as one would lock all customers out together. `SANIC_PROXIES_COUNT` says whose word is taken.
    """
    if not request.app.config.PROXIES_COUNT and "x-forwarded-for" in request.headers:
        _warn_of_unknown_proxy()
    given = (request.remote_addr or request.ip).strip("[]")
    try:
        address = ip_address(given)
    except ValueError:
        return given
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return None
    return str(ip_network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)


class RateLimit:
    """At most `count` times in any `seconds` for each key, such as an address."""

    def __init__(self, count: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._seconds = seconds
        self._now = now
        self._uses: dict[str, deque[float]] = {}
        self._next_sweep = 0.0

    def use(self, key: Optional[str]) -> None:
        """Count one use, unless it is by nobody in particular.

        Raises:
            RefusedError: `rate_limited`, with the seconds after which the next use is allowed.
        """
        if key is None:
            return
        now = self._now()
        self._sweep(now)
        uses = self._uses.setdefault(key, deque())
        while uses and uses[0] <= now - self._seconds:
            uses.popleft()
        if len(uses) >= self._count:
            raise RefusedError("rate_limited", retry_after=math.ceil(uses[0] + self._seconds - now))
        uses.append(now)

    def _sweep(self, now: float) -> None:
        if now < self._next_sweep:
            return
        self._next_sweep = now + self._seconds
        self._uses = {key: uses for key, uses in self._uses.items() if uses and uses[-1] > now - self._seconds}


class AtOnce:
    """At most `count` things open at the same time for each key."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._open: Counter[str] = Counter()

    @contextmanager
    def hold(self, key: Optional[str]) -> Iterator[None]:
        """Have one more open for the time of the block; nobody in particular may have any number.

        Raises:
            RefusedError: `rate_limited`, because too many are open.
        """
        if key is None:
            yield
            return
        if self._open[key] >= self._count:
            raise RefusedError("rate_limited", retry_after=_CROWDED_SECONDS)
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


@lru_cache(maxsize=1)
def _warn_of_unknown_proxy() -> None:
    log.warning("requests come through a proxy, but SANIC_PROXIES_COUNT is not set: their addresses are not known")
