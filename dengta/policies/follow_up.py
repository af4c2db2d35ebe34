"""Sends a message that only points at something (那下一期呢) back to the action that answered last."""
from typing import Any, List, Optional, Text

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES

from dengta.dialogue.names import ACTION_FOLLOW_UP, ACTION_START_QUOTE, SLOT_TOPIC
from dengta.dialogue.references import is_elliptical

_POINTING = {"order_no", "product", "card_tail"}
_QUOTE_FIGURES = {"amount", "period"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class FollowUpPolicy(Policy):
    """Decides before the intent does: an elliptical message has no intent of its own.

    Predicts `action_follow_up` for one while a topic is remembered and no form is active, then `action_listen`; has
    nothing to say otherwise.
    """

    @staticmethod
    def supported_data() -> SupportedData:
        """Look at the conversation as it is, rule turns included."""
        return SupportedData.ML_AND_RULE_DATA

    @staticmethod
    def get_default_config() -> dict[Text, Any]:
        """Rank above the RulePolicy (6): both are certain, and the context decides."""
        return {"priority": 7}

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learn nothing: the rule is in the text."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the follow-up action, the pause after it, or nothing."""
        probabilities = self._default_predictions(domain)
        if action := _next_action(tracker):
            probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities)

    @classmethod
    def load(
        cls,
        config: dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "FollowUpPolicy":
        """Return the policy; there is nothing stored to read."""
        return cls(config, model_storage, resource, execution_context)


def _next_action(tracker: DialogueStateTracker) -> Optional[Text]:
    if tracker.latest_action_name == ACTION_FOLLOW_UP:
        return None if tracker.active_loop_name else ACTION_LISTEN_NAME
    if tracker.latest_action_name != ACTION_LISTEN_NAME or tracker.active_loop_name:
        return None
    return ACTION_FOLLOW_UP if tracker.get_slot(SLOT_TOPIC) and _leans_on_context(tracker) else None


def _leans_on_context(tracker: DialogueStateTracker) -> bool:
    message = tracker.latest_message
    if message is None or not message.text:
        return False
    quoting = tracker.get_slot(SLOT_TOPIC)["action"] == ACTION_START_QUOTE
    kinds = _POINTING | _QUOTE_FIGURES if quoting else _POINTING
    spans = [(e["start"], e["end"]) for e in message.parse_data.get(ENTITIES, []) if e["entity"] in kinds]
    return is_elliptical(message.text, spans)
