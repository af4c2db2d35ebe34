"""Nobody can flood the bot, and nobody is punished for longer than needed."""
import pytest

from dengta.channels.errors import RefusedError
from dengta.channels.limits import RateLimit


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
