"""The story policy: learns from the stories what comes next, and generalises where memory has no exact match.

A linear model over the last turns (intent, actions, active form): trained in well under a second, the same every time.
"""
import json
from typing import Any, List, Optional, Sequence, Text

import numpy as np
from rasa.core.featurizers.single_state_featurizer import SingleStateFeaturizer
from rasa.core.featurizers.tracker_featurizers import MaxHistoryTrackerFeaturizer, TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTIVE_LOOP, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

_FILE = "story_policy.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class StoryPolicy(Policy):
    """Predicts the next action from the last `max_history` states."""

    def __init__(
        self,
        config: dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        features: Sequence[Text] = (),
        actions: Sequence[Text] = (),
        weights: Optional[np.ndarray] = None,
    ) -> None:
        """`weights` has one row per action and one column per feature plus the intercept."""
        super().__init__(config, model_storage, resource, execution_context)
        self._features = {name: column for column, name in enumerate(features)}
        self._actions = list(actions)
        self._weights = weights

    @staticmethod
    def supported_data() -> SupportedData:
        """See the whole history, also the turns rules decided (as `StoryMemoizationPolicy` does)."""
        return SupportedData.ML_AND_RULE_DATA

    @staticmethod
    def get_default_config() -> dict[Text, Any]:
        """Rank below memoization (3); `regularisation` is the C of the linear model."""
        return {"priority": 2, "max_history": 3, "regularisation": 20.0}

    def _standard_featurizer(self) -> TrackerFeaturizer:
        return MaxHistoryTrackerFeaturizer(SingleStateFeaturizer(), self.config["max_history"])

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Fit the stories and store the model; without stories the policy stays silent."""
        stories = [tracker for tracker in training_trackers if not tracker.is_rule_tracker]
        histories, labels = self.featurizer.training_states_and_labels(stories, domain)
        if histories:
            self._fit([_names(states) for states in histories], [actions[0] for actions in labels])
        self._persist()
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Return a probability for every action of the stories."""
        probabilities = self._default_predictions(domain)
        if self._weights is not None:
            states = self._prediction_states(tracker, domain, rule_only_data=rule_only_data)
            scores = softmax(self._weights @ self._vector(_names(states)))
            for action, score in zip(self._actions, scores):
                probabilities[domain.index_for_action(action)] = float(score)
        return self._prediction(probabilities)

    @classmethod
    def load(
        cls,
        config: dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "StoryPolicy":
        """Read the model back."""
        with model_storage.read_from(resource) as directory:
            stored = json.loads((directory / _FILE).read_text(encoding="utf-8"))
        weights = np.array(stored["weights"]) if stored["weights"] else None
        return cls(
            config, model_storage, resource, execution_context, stored["features"], stored["actions"], weights
        )

    def _fit(self, histories: Sequence[set[Text]], labels: Sequence[Text]) -> None:
        self._features = {name: column for column, name in enumerate(sorted(set().union(*histories)))}
        matrix = np.array([self._vector(names)[:-1] for names in histories])
        model = LogisticRegression(C=self.config["regularisation"], max_iter=1000, multi_class="multinomial")
        model.fit(matrix, labels)
        self._actions = list(model.classes_)
        self._weights = np.hstack([model.coef_, model.intercept_[:, None]])

    def _vector(self, names: set[Text]) -> np.ndarray:
        vector = np.zeros(len(self._features) + 1)
        vector[-1] = 1.0
        for name in names & self._features.keys():
            vector[self._features[name]] = 1.0
        return vector

    def _persist(self) -> None:
        stored = {
            "features": list(self._features),
            "actions": self._actions,
            "weights": [] if self._weights is None else self._weights.round(6).tolist(),
        }
        with self._model_storage.write_to(self._resource) as directory:
            (directory / _FILE).write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")


def _names(states: Sequence[State]) -> set[Text]:
    """Name what happened, counted back from now: `0 intent affirm`, `0 after action_listen`, `1 after utter_greet`."""
    names = set()
    for age, state in enumerate(reversed(states)):
        names.add(f"{age} intent {state.get(USER, {}).get('intent')}")
        names.add(f"{age} after {state.get(PREVIOUS_ACTION, {}).get('action_name')}")
        names.add(f"{age} form {state.get(ACTIVE_LOOP, {}).get('name')}")
    return names
