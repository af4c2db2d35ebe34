"""How a customer feels as the conversation goes on, and what people must look at: rules on words and readings."""
from collections.abc import Sequence
from typing import NamedTuple, Optional

from dengta.handoff.summary.record import Said
from dengta.handoff.summary.rules import Mood, Risk, Rules


class Phase(NamedTuple):
    """Messages in a row in the same mood; None is calm."""

    mood: Optional[Mood]
    said: tuple[Said, ...]


class Seen(NamedTuple):
    """A risk and the messages that show it, in order."""

    risk: Risk
    said: tuple[Said, ...]


def phases(rules: Rules, said: Sequence[Said]) -> list[Phase]:
    """Return the moods of a customer's messages in order, neighbours in the same mood joined."""
    joined: list[Phase] = []
    for each in said:
        mood = _mood(rules, each)
        if joined and joined[-1].mood is mood:
            joined[-1] = Phase(mood, (*joined[-1].said, each))
        else:
            joined.append(Phase(mood, (each,)))
    return joined


def risks(rules: Rules, said: Sequence[Said]) -> list[Seen]:
    """Return the risks a customer's messages show, gravest first."""
    seen = [Seen(risk, tuple(each for each in said if _shows(risk, each))) for risk in rules.risks]
    return [each for each in seen if each.said]


def _mood(rules: Rules, said: Said) -> Optional[Mood]:
    fitting = (mood for mood in rules.moods if said.reading in mood.readings or mood.phrases.occur_in(said.text))
    return next(fitting, None)


def _shows(risk: Risk, said: Said) -> bool:
    return said.reading in risk.readings or risk.phrases.occur_in(said.text)
