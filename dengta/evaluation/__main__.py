"""Prints how well the trained model understands, draws it under `results/`, and fails if it fell behind.

    python -m dengta.evaluation [table.tsv …]

The project's own held-out table and entities (`tests/nlu/`) are always read; other tables, if they exist, besides.
What was recorded for a table stands in `tests/nlu/gates.yml` under the name of its file.
"""
import sys
from collections.abc import Sequence
from pathlib import Path

from dengta.evaluation import gates, pictures
from dengta.evaluation.entities import entity_f1
from dengta.evaluation.figures import Figures, Parse, Shares, latency, measure
from dengta.evaluation.model import read_all
from dengta.evaluation.tables import HELD_OUT, Question, questions
from dengta.nlu import examples
from dengta.progress import say
from dengta.settings import ROOT

ENTITIES = ROOT / "tests" / "nlu" / "entities.yml"
GATES = ROOT / "tests" / "nlu" / "gates.yml"
RESULTS = ROOT / "results"
MODEL = ROOT / "models" / "dengta.tar.gz"

_SHOWN_CONFUSIONS = 12


def main(paths: Sequence[str]) -> int:
    """Print everything; return 1 if a figure is behind its gate."""
    tables = [HELD_OUT, *(Path(path) for path in paths if Path(path).exists())]
    declared = {example.intent for example in examples.read(ROOT / "data" / "nlu")}
    asked = {table.stem: questions(table, declared) for table in tables}
    parses = iter(read_all(MODEL, [question.text for table in asked.values() for question in table]))
    recorded, problems = gates.recorded(GATES), list[str]()
    for name, table in asked.items():
        answers = [next(parses) for _ in table]
        figures = measure(table, answers)
        _print_table(name, figures, answers)
        _draw(name, table, answers)
        problems += gates.behind(gates.values(figures), recorded.get(name, {}), f"{name}/")
    f1 = entity_f1(ENTITIES, ROOT / "data" / "lexicon")
    say(f"\nentities        exact entity, span and value: F1 {f1:.3f}")
    problems += gates.behind({"f1": f1}, recorded["entities"], "entities/")
    if problems:
        say("\n".join(["", "Behind what is recorded in tests/nlu/gates.yml:", *problems]))
    return int(bool(problems))


def _print_table(name: str, figures: Figures, answers: Sequence[Parse]) -> None:
    say(f"\n{name:16}     n   top1   top3  served  answered  misled")
    for stratum, shares in {"all in scope": figures.overall, **figures.strata}.items():
        say(f"{stratum:16} {_line(shares)}")
    say(
        f"macro recall {figures.macro_recall:.3f}  out of scope answered as business {figures.false_accepts:.3f}  "
        f"calibration error {figures.calibration_error:.3f}  {latency(answers)}"
    )


def _line(shares: Shares) -> str:
    parts = (shares.top1, shares.top3, shares.served, shares.answered, shares.misled)
    return f"{shares.questions:5}  {parts[0]:.3f}  {parts[1]:.3f}   {parts[2]:.3f}     {parts[3]:.3f}   {parts[4]:.3f}"


def _draw(name: str, table: Sequence[Question], answers: Sequence[Parse]) -> None:
    pairs = list(zip(table, answers))
    pictures.draw_confusions(pairs, RESULTS / f"{name}-confusions.png")
    pictures.draw_reliability(pairs, RESULTS / f"{name}-reliability.png")
    most = [f"{gold} ← {best} ×{count}" for count, gold, best in pictures.confusions(pairs)[:_SHOWN_CONFUSIONS]]
    say(f"most confused: {', '.join(most)}")
    say(f"pictures: results/{name}-confusions.png, results/{name}-reliability.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
