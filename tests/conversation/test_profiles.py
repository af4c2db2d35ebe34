"""Preferences: by customer, wherever they were said, also when said twice at once."""
import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from dengta.conversation.profiles import Profile, Profiles
from dengta.conversation.tables import customer_profile
from dengta.database import DatabaseUnavailable, connect, reading


@pytest.fixture
def profiles(engine: Engine) -> Profiles:
    return Profiles(engine)


async def test_who_never_said_anything_has_the_default(profiles: Profiles) -> None:
    assert await profiles.get("C0008") == Profile("standard", do_not_disturb=False)


async def test_each_preference_is_changed_and_taken_back_alone(profiles: Profiles) -> None:
    await profiles.set_tone("C0008", "senior")
    await profiles.set_do_not_disturb("C0008", True)
    assert await profiles.get("C0008") == Profile("senior", do_not_disturb=True)
    await profiles.set_tone("C0008", "standard")
    assert await profiles.get("C0008") == Profile("standard", do_not_disturb=True)
    await profiles.set_do_not_disturb("C0008", False)
    assert await profiles.get("C0008") == Profile()
    assert await profiles.get("C0014") == Profile()


async def test_two_first_preferences_at_once_are_both_kept(profiles: Profiles, engine: Engine) -> None:
    said = [profiles.set_tone("C0008", "senior"), profiles.set_do_not_disturb("C0008", True)]
    await asyncio.gather(*said, *(profiles.set_tone("C0008", "senior") for _ in range(6)))
    assert await profiles.get("C0008") == Profile("senior", do_not_disturb=True)
    with reading(engine) as session:
        assert len(session.execute(select(customer_profile)).all()) == 1


async def test_an_outage_is_no_default() -> None:
    profiles = Profiles(connect("postgresql://nobody@127.0.0.1:1/none", 2.0))
    with pytest.raises(DatabaseUnavailable):
        await profiles.get("C0008")
