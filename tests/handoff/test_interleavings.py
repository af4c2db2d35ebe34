"""Whoever does what in whichever order: one owner, no bot that talks over a person, nothing lost, no gap.

The same walks are taken with a bot that goes by a pause flag. They must catch it, or they would prove nothing.
"""
import os
import random
from collections import Counter

from sqlalchemy.engine import Engine

from dengta.privacy.vault import Vault
from tests.handoff.interleavings import Bot, DengtaBot, PausedBot, Walk, violations

SEED = int(os.environ.get("DENGTA_TEST_SEED", "20261122"))  # another one takes other walks
INTERLEAVINGS = {"sqlite": 2000, "postgresql": 300}
CAUGHT_IN = 100
SIDE_BY_SIDE = 100
STEPS = 8


def found(engine: Engine, vault: Vault, bot: Bot, number: int) -> Counter[str]:
    """Take so many walks and count in how many of them something went wrong, and what."""
    chance, wrong = random.Random(SEED), Counter[str]()
    for _ in range(number // SIDE_BY_SIDE):
        for talk in Walk(engine, vault, bot, chance).take(SIDE_BY_SIDE, STEPS):
            wrong.update(set(violations(engine, talk)))
    return wrong


def test_nothing_goes_wrong_in_any_order(engine: Engine, vault: Vault) -> None:
    assert found(engine, vault, DengtaBot(), INTERLEAVINGS[engine.dialect.name]) == Counter(), f"seed {SEED}"


def test_the_same_walks_catch_a_bot_that_goes_by_a_pause(engine: Engine, vault: Vault) -> None:
    assert found(engine, vault, PausedBot(), CAUGHT_IN)["talked over"] > 0
