"""How the choice of a `faq/*` answer is told to Rasa's retrieval actions, whoever made the choice."""
from typing import Any, Sequence

FAQ = "faq"


def faq_selection(
    intent_response_key: str, confidence: float, ranking: Sequence[tuple[str, float]] = ()
) -> dict[str, Any]:
    """Return the value of `response_selector` in a parse result that makes `utter_faq` say one answer.

    `intent_response_key` is a full id such as `faq/how_to_open`; `ranking` holds the other ids with their
    confidences, best first. The shape is that of `rasa.nlu.selectors.response_selector.ResponseSelector.process`;
    `rasa.core.actions.action.ActionRetrieveResponse` reads `utter_action` from it.
    """
    ranked = [(intent_response_key, confidence), *ranking]
    return {
        "all_retrieval_intents": [FAQ],
        FAQ: {
            "response": {
                "responses": [],
                "confidence": confidence,
                "intent_response_key": intent_response_key,
                "utter_action": f"utter_{intent_response_key}",
            },
            "ranking": [{"confidence": share, "intent_response_key": key} for key, share in ranked],
        },
    }
