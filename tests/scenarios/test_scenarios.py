"""Every dialogue in the folders beside this file, against the real model, actions and databases."""

from collections.abc import Iterator

import pytest

from tests.scenarios import outcomes
from tests.scenarios.play import Play
from tests.scenarios.script import Scenario, scenarios
from tests.scenarios.stack import Stack

SCENARIOS = list(scenarios())


@pytest.fixture
def untouched(stack: Stack) -> Iterator[Stack]:
    """The stack as it was started, whatever the scenario before did to it."""
    assert not stack.broken, stack.broken
    yield stack
    stack.put_back()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.place for s in SCENARIOS])
def test_scenario(untouched: Stack, scenario: Scenario) -> None:
    play = Play(untouched, scenario)
    try:
        play.run()
        outcomes.check(untouched, play.chat.conversation_id, scenario.then)
    except AssertionError as failure:
        pytest.fail("\n".join([scenario.name, *play.transcript, "", str(failure)]), pytrace=False)
