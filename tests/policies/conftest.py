"""One model of rules and stories only, trained once; importing Rasa takes seconds, so these tests live together."""
from pathlib import Path
from typing import Any, Optional, Sequence

import pytest
import yaml
from rasa.core.agent import Agent
from rasa.model_training import train
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from dengta.settings import ROOT

LONGEST_TURN = 5


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    """The project's policies on the project's domain, rules and stories, without understanding."""
    folder = tmp_path_factory.mktemp("model")
    config = {**yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8")), "pipeline": []}
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    result = train(
        domain=str(ROOT / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(ROOT / "data" / name) for name in ("rules", "stories", "faq", "nlu")],
        output=str(folder),
        fixed_model_name="dialogue",
    )
    assert result.code == 0 and result.model is not None and Path(result.model).exists()
    return Agent.load(result.model)


class Conversation:
    """A conversation whose actions do nothing, so that only the policies speak."""

    def __init__(self, agent: Agent) -> None:
        self._processor = agent.processor
        self._domain = agent.domain
        self._tracker = DialogueStateTracker("talk", agent.domain.slots)
        self.deciders: list[str] = []

    def happened(self, *events: Event) -> "Conversation":
        """Add what actions would have changed."""
        for event in events:
            self._tracker.update(event, self._domain)
        return self

    def say(
        self,
        intent: str,
        text: str = "…",
        entities: Sequence[dict[str, Any]] = (),
        stop_at: Optional[str] = None,
        rejecting: Optional[str] = None,
    ) -> list[str]:
        """Say something; return the actions until the bot listens again, or up to `stop_at`."""
        parsed = {"intent": {"name": intent, "confidence": 1.0}, "entities": list(entities), "text": text}
        if self._tracker.latest_action_name != "action_listen":
            self.happened(ActionExecuted("action_listen"))
        self.happened(UserUttered(text, parsed["intent"], list(entities), parsed))
        self.deciders = []
        actions: list[str] = []
        while len(actions) <= LONGEST_TURN:
            name = self.next(rejecting)
            if name == "action_listen":
                return actions
            actions.append(name)
            if name == stop_at:
                return actions
        raise AssertionError(f"the bot never listens again: {actions}")

    def next(self, rejecting: Optional[str] = None) -> str:
        """Let the policies decide on one action and do it; a form that finds nothing for itself rejects."""
        prediction = self._processor._predict_next_with_tracker(self._tracker)
        name = str(self._domain.action_names_or_texts[prediction.max_confidence_index])
        self.deciders.append(str(prediction.policy_name).rsplit("_", maxsplit=1)[-1])
        done = ActionExecuted(
            name, prediction.policy_name, prediction.max_confidence, hide_rule_turn=prediction.hide_rule_turn
        )
        self.happened(*(prediction.events or []), ActionExecutionRejected(name) if name == rejecting else done)
        return name


@pytest.fixture
def conversation(agent: Agent) -> Conversation:
    """A new conversation."""
    return Conversation(agent)


def topic(action: str) -> SlotSet:
    """Return the event by which an action remembers that it answered last."""
    return SlotSet("topic", {"action": action, "loan_no": None, "period": None})


def form(name: str, asked: str) -> list[Event]:
    """Return the events of a form that waits for a slot."""
    return [ActionExecuted(name), ActiveLoop(name), SlotSet("requested_slot", asked)]
