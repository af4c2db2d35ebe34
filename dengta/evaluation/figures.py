"""The figures of a model on labelled questions and on labelled entities."""
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dengta.evaluation.tables import Question, Span
from dengta.nlu.readings import ANSWER, CLARIFY, OUT_OF_SCOPE, Reading, kind

OFFERED = 3
"""So many readings are offered when the assistant asks back."""

_RARE = 3
"""An intent with fewer questions than this says nothing about recall."""

BINS = 10
"""So many equal ranges of confidence are told apart."""



@dataclass(frozen=True)
class Parse:
    """What the model made of a question: its decision, all readings best first, and how long it took."""

    decision: str
    readings: Sequence[Reading]
    seconds: float

    @property
    def ids(self) -> list[str]:
        """The best readings, as many as are offered."""
        return [reading["id"] for reading in self.readings[:OFFERED]]


@dataclass(frozen=True)
class Shares:
    """Shares of in-scope questions.

    top1, top3: a right id is the best, or among the three best readings. served: answered rightly, or asked back with
    a right id among the three offered. answered: without asking back. misled: answered, and wrong.
    """

    questions: int
    top1: float
    top3: float
    served: float
    answered: float
    misled: float


@dataclass(frozen=True)
class Figures:
    """The shares over all in-scope questions and per stratum, and what only the whole table can tell.

    macro_recall: top1 averaged over intents with at least three questions. false_accepts: share of out-of-scope
    questions answered as business. calibration_error: expected difference between the confidence of the best reading
    and its being right, over ten bins.
    """

    overall: Shares
    strata: dict[str, Shares]
    macro_recall: float
    false_accepts: float
    calibration_error: float


def measure(asked: Sequence[Question], parses: Sequence[Parse]) -> Figures:
    """Return the figures for questions and what the model made of each."""
    pairs = list(zip(asked, parses))
    ours = [(question, parse) for question, parse in pairs if question.stratum != OUT_OF_SCOPE]
    foreign = [parse for question, parse in pairs if question.stratum == OUT_OF_SCOPE]
    strata: dict[str, list[tuple[Question, Parse]]] = defaultdict(list)
    for question, parse in ours:
        strata[question.stratum].append((question, parse))
    return Figures(
        overall=_shares(ours),
        strata={name: _shares(part) for name, part in sorted(strata.items())},
        macro_recall=_macro_recall(ours),
        false_accepts=_mean(p.decision == ANSWER and kind(p.ids[0]) == "business" for p in foreign),
        calibration_error=_calibration_error(by_confidence(pairs)),
    )


def by_confidence(pairs: Iterable[tuple[Question, Parse]]) -> list[list[tuple[float, bool]]]:
    """Return, for each of the `BINS` ranges, (confidence, right?) of the best readings of in-scope questions in it."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for question, parse in pairs:
        if question.stratum != OUT_OF_SCOPE:
            confidence = parse.readings[0]["confidence"]
            bins[min(int(confidence * BINS), BINS - 1)].append((confidence, is_right(question, parse)))
    return bins


def latency(parses: Sequence[Parse]) -> str:
    """Return the median and the 95th percentile of the time a parse took, in words."""
    seconds = sorted(parse.seconds for parse in parses)
    middle, late = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.95)]
    return f"p50 {middle * 1e3:.1f} ms, p95 {late * 1e3:.1f} ms"


def is_right(question: Question, parse: Parse) -> bool:
    """Tell whether the best reading is a right one."""
    return parse.ids[0] in question.gold


def f1(wanted: Sequence[Iterable[Span]], found: Sequence[Iterable[Span]]) -> float:
    """Return the F1 of entities found in sentences; one counts if entity, span and value are all exact."""
    hits = sum(len(set(want) & set(find)) for want, find in zip(wanted, found))
    total = sum(len(set(spans)) for spans in [*wanted, *found])
    return 2 * hits / total if total else 1.0


def _shares(pairs: Sequence[tuple[Question, Parse]]) -> Shares:
    def is_served(question: Question, parse: Parse) -> bool:
        return is_offered(question, parse) if parse.decision == CLARIFY else is_right(question, parse)

    def is_offered(question: Question, parse: Parse) -> bool:
        return not set(question.gold).isdisjoint(parse.ids)

    return Shares(
        questions=len(pairs),
        top1=_mean(is_right(q, p) for q, p in pairs),
        top3=_mean(is_offered(q, p) for q, p in pairs),
        served=_mean(is_served(q, p) for q, p in pairs),
        answered=_mean(p.decision == ANSWER for _, p in pairs),
        misled=_mean(p.decision == ANSWER and not is_right(q, p) for q, p in pairs),
    )


def _macro_recall(pairs: Iterable[tuple[Question, Parse]]) -> float:
    hits: dict[str, list[bool]] = defaultdict(list)
    for question, parse in pairs:
        hits[question.gold[0]].append(is_right(question, parse))
    return _mean(_mean(of_one) for of_one in hits.values() if len(of_one) >= _RARE)


def _calibration_error(bins: Sequence[Sequence[tuple[float, bool]]]) -> float:
    gaps = sum(abs(sum(confidence - right for confidence, right in pairs)) for pairs in bins)
    return gaps / max(1, sum(map(len, bins)))


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
