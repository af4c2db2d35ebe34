"""Memoization that remembers stories by what really happened last, rules included."""
from typing import Any, List

from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import SupportedData
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class StoryMemoizationPolicy(MemoizationPolicy):
    """Rasa's MemoizationPolicy without its habit of hiding turns decided by rules.

    With them hidden, a yes right after a bill would be read as a yes to the complaint talked about before the bill.
    """

    @staticmethod
    def supported_data() -> SupportedData:
        """Ask for rule turns too, so that predictions see the whole history."""
        return SupportedData.ML_AND_RULE_DATA

    def train(
        self,
        training_trackers: List[TrackerWithCachedStates],
        domain: Domain,
        **kwargs: Any,
    ) -> Resource:
        """Memorise the stories; rules stay with the RulePolicy."""
        stories = [tracker for tracker in training_trackers if not tracker.is_rule_tracker]
        return super().train(stories, domain, **kwargs)
