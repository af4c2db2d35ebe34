"""No address can ask for too much, and no one address is taken for everybody's."""
from types import SimpleNamespace
from typing import Any, Optional

import pytest

from dengta.channels import limits
from dengta.channels.errors import RefusedError
from dengta.channels.limits import AtOnce, RateLimit, address_of


def request(ip: str, forwarded: str = "", proxies: Optional[int] = None, **headers: str) -> Any:
    """A request from a peer, as Sanic understood it."""
    app = SimpleNamespace(config=SimpleNamespace(PROXIES_COUNT=proxies))
    return SimpleNamespace(ip=ip, remote_addr=forwarded, headers=headers, app=app)


def test_the_window_slides() -> None:
    now = [0.0]
    limit = RateLimit(2, 10.0, lambda: now[0])
    limit.use("a")
    now[0] = 4.0
    limit.use("a")
    limit.use("b")
    with pytest.raises(RefusedError) as refused:
        limit.use("a")
    assert (refused.value.code, refused.value.retry_after) == ("rate_limited", 6)
    now[0] = 10.0
    limit.use("a")
    with pytest.raises(RefusedError):
        limit.use("a")


def test_what_is_over_leaves_room() -> None:
    limit = AtOnce(2)
    with limit.hold("a"):
        with limit.hold("a"), limit.hold("b"):
            with pytest.raises(RefusedError, match="rate_limited"):
                with limit.hold("a"):
                    pytest.fail("a third one was let in")
        with limit.hold("a"):
            pass


def test_nobody_in_particular_is_not_counted() -> None:
    rate, open_things = RateLimit(1, 10.0), AtOnce(0)
    for _ in range(3):
        rate.use(None)
        with open_things.hold(None):
            pass


@pytest.mark.parametrize(
    "ip, forwarded, address",
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "", None),
        ("::1", "", None),
        ("::ffff:127.0.0.1", "", None),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("127.0.0.1", "[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("127.0.0.1", "unknown", "unknown"),
    ],
)
def test_who_is_counted(ip: str, forwarded: str, address: Optional[str]) -> None:
    assert address_of(request(ip, forwarded)) == address


def test_a_proxy_nobody_told_about_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    limits._warn_of_unknown_proxy.cache_clear()
    header = {"x-forwarded-for": "203.0.113.7"}
    address_of(request("127.0.0.1", "203.0.113.7", 1, **header))
    assert not caplog.records
    for _ in range(3):
        address_of(request("127.0.0.1", **header))

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "SANIC_PROXIES_COUNT" in caplog.text
