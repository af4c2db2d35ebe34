"""The story policy by itself: the same model every time, kept whole in storage, silent without stories."""
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pytest
from rasa.core.agent import Agent
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.loading import load_data_from_files
from rasa.shared.core.training_data.structures import StoryGraph

from dengta.policies.memoization import StoryMemoizationPolicy
from dengta.policies.story import StoryPolicy
from dengta.settings import ROOT


@pytest.fixture(scope="module")
def domain(agent: Agent) -> Domain:
    return agent.domain


@pytest.fixture(scope="module")
def trackers(domain: Domain) -> list[Any]:
    files = [str(path) for folder in ("rules", "stories") for path in sorted((ROOT / "data" / folder).glob("*.yml"))]
    graph = StoryGraph(load_data_from_files(files, domain))
    return TrainingDataGenerator(graph, domain, augmentation_factor=0, use_story_concatenation=False).generate()


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[LocalModelStorage]:
    yield LocalModelStorage.create(tmp_path)


def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), "test")


def build(kind: Any, storage: LocalModelStorage, name: str = "policy") -> Any:
    config = {**kind.get_default_config(), "max_history": 3}
    return kind(config, storage, Resource(name), context())


def said(domain: Domain, *turns: tuple[str, str]) -> DialogueStateTracker:
    """Return a conversation of (intent, action) turns; the last action is still to come when it is empty."""
    tracker = DialogueStateTracker("talk", domain.slots)
    for intent, action in turns:
        tracker.update(ActionExecuted("action_listen"), domain)
        tracker.update(UserUttered("…", {"name": intent, "confidence": 1.0}), domain)
        if action:
            tracker.update(ActionExecuted(action), domain)
    return tracker


def best(policy: Any, domain: Domain, tracker: DialogueStateTracker) -> tuple[str, float]:
    prediction = policy.predict_action_probabilities(tracker, domain)
    return domain.action_names_or_texts[prediction.max_confidence_index], prediction.max_confidence


COMPLAINT = (("file_complaint", "utter_file_complaint"), ("affirm", ""))


def test_what_was_trained_is_what_is_loaded(domain: Domain, trackers: list[Any], storage: LocalModelStorage) -> None:
    policy = build(StoryPolicy, storage)
    resource = policy.train(trackers, domain)
    loaded = StoryPolicy.load(policy.config, storage, resource, context())
    for turns in (COMPLAINT, (("deny", ""),), (("query_bill", "action_query_bill"), ("affirm", ""))):
        one = policy.predict_action_probabilities(said(domain, *turns), domain).probabilities
        other = loaded.predict_action_probabilities(said(domain, *turns), domain).probabilities
        assert np.allclose(one, other, atol=1e-4)
        assert abs(sum(other) - 1) < 1e-3


def test_the_same_stories_give_the_same_model(domain: Domain, trackers: list[Any], storage: LocalModelStorage) -> None:
    files = []
    for name in ("first", "second"):
        resource = build(StoryPolicy, storage, name).train(trackers, domain)
        with storage.read_from(resource) as folder:
            files.append((folder / "story_policy.json").read_bytes())
    assert files[0] == files[1]


def test_it_is_sure_of_its_stories_also_after_turns_it_never_saw(
    domain: Domain, trackers: list[Any], storage: LocalModelStorage
) -> None:
    policy = build(StoryPolicy, storage)
    policy.train(trackers, domain)
    strange = (("request_change_phone", "utter_request_change_phone"), ("request_loan", "utter_request_loan"))
    for turns in (COMPLAINT, (*strange, *COMPLAINT)):
        action, confidence = best(policy, domain, said(domain, *turns))
        assert action == "action_request_human" and confidence > 0.5


def test_without_stories_it_stays_silent(domain: Domain, trackers: list[Any], storage: LocalModelStorage) -> None:
    policy = build(StoryPolicy, storage)
    resource = policy.train([tracker for tracker in trackers if tracker.is_rule_tracker], domain)
    loaded = StoryPolicy.load(policy.config, storage, resource, context())
    assert not any(loaded.predict_action_probabilities(said(domain, *COMPLAINT), domain).probabilities)


def test_memory_knows_the_stories_by_heart_and_nothing_else(
    domain: Domain, trackers: list[Any], storage: LocalModelStorage
) -> None:
    policy = build(StoryMemoizationPolicy, storage)
    resource = policy.train(trackers, domain)
    loaded = StoryMemoizationPolicy.load(policy.config, storage, resource, context())
    assert best(loaded, domain, said(domain, *COMPLAINT)) == ("action_request_human", 1.0)
    unseen = (("request_change_phone", "utter_request_change_phone"), ("affirm", ""))
    assert best(loaded, domain, said(domain, *unseen))[1] == 0.0


def test_memory_sees_turns_that_rules_decided(domain: Domain, trackers: list[Any], storage: LocalModelStorage) -> None:
    policy = build(StoryMemoizationPolicy, storage)
    policy.train(trackers, domain)
    tracker = said(domain, ("file_complaint", "utter_file_complaint"))
    tracker.update(ActionExecuted("action_listen"), domain)
    tracker.update(UserUttered("…", {"name": "query_bill", "confidence": 1.0}), domain)
    tracker.update(ActionExecuted("action_query_bill", hide_rule_turn=True), domain)
    tracker.update(ActionExecuted("action_listen", hide_rule_turn=True), domain)
    tracker.update(UserUttered("…", {"name": "affirm", "confidence": 1.0}), domain)
    assert best(policy, domain, tracker)[0] != "action_request_human"
