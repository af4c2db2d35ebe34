"""Measures the project's pipeline against Rasa's stock one: both learn the same few examples and read the same tables.

    python -m bench.yardstick --examples 15 --epochs 60 [--table table.tsv …]

The stock pipeline stands in `bench/yardstick/config.yml`. The first examples of every intent must do for both, as it
takes minutes to learn even those. The held-out table (`tests/nlu/`) is always read.
"""
import argparse
import asyncio
import logging
import multiprocessing
import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import yaml
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.utils.log_utils import configure_structlog

from dengta.evaluation import model
from dengta.evaluation.figures import Parse, latency, measure
from dengta.evaluation.model import Understood, parse_all
from dengta.evaluation.tables import HELD_OUT, questions
from dengta.nlu import examples
from dengta.nlu.readings import ANSWER, CLARIFY, OUT_OF_SCOPE, Reading
from dengta.nlu.retrieval import FAQ
from dengta.nlu.understanding import UNDERSTANDING
from dengta.settings import ROOT

STOCK = ROOT / "bench" / "yardstick" / "config.yml"

Result = TypeVar("Result")


def main() -> None:
    """Train both pipelines on the same examples and print their figures."""
    options = _options()
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    taught = first_examples(ROOT / "data" / "nlu", options.examples)
    asked = {table.stem: questions(table, taught) for table in [HELD_OUT, *options.table]}
    texts = [question.text for table in asked.values() for question in table]
    print(f"{sum(map(len, taught.values()))} examples of {len(taught)} intents")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        write_project(project, taught)
        for name, config in (("dengta", _load(ROOT / "config.yml")), ("stock", stock_config(options.epochs))):
            (project / f"{name}.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
            trained = _alone(train, project, name)
            loaded, parses = _alone(read_all, project / "models" / f"{name}.tar.gz", texts)
            print(f"\n{name}: training {trained:.1f} s, load and first parse {loaded:.1f} s, {latency(parses)}")
            rest = iter(parses)
            for title, table in asked.items():
                shares = measure(table, [next(rest) for _ in table]).overall
                print(
                    f"  {title:10} n={shares.questions}  top1 {shares.top1:.3f}  top3 {shares.top3:.3f}  "
                    f"answered {shares.answered:.3f}  misled {shares.misled:.3f}",
                    flush=True,
                )


def first_examples(folder: Path, count: int) -> dict[str, list[str]]:
    """Return the first `count` examples of every intent in `folder`."""
    taught: dict[str, list[str]] = defaultdict(list)
    for example in examples.read(folder):
        if len(taught[example.intent]) < count:
            taught[example.intent].append(example.text)
    return dict(taught)


def write_project(project: Path, taught: dict[str, list[str]]) -> None:
    """Write what both pipelines are trained from into an empty folder: examples, domain, answers and word lists."""
    shutil.copy(ROOT / "domain.yml", project)
    shutil.copytree(ROOT / "data" / "lexicon", project / "data" / "lexicon")
    shutil.copytree(ROOT / "data" / "faq", project / "training" / "faq")
    items = (f"- intent: {intent}\n  examples: |\n{_lines(texts)}" for intent, texts in taught.items())
    (project / "training" / "nlu.yml").write_text('version: "3.1"\nnlu:\n' + "".join(items), encoding="utf-8")


def stock_config(epochs: int) -> dict[str, Any]:
    """Return the stock configuration with another number of epochs."""
    config = _load(STOCK)
    for node in config["pipeline"]:
        if "epochs" in node:
            node["epochs"] = epochs
    return config


def train(project: Path, name: str) -> float:
    """Train `models/<name>.tar.gz` from `<name>.yml` in the folder `project`; return the seconds it took.

    It moves this process into the folder, as components read their word lists from where they are.
    """
    os.chdir(project)
    started = time.perf_counter()
    train_nlu(f"{name}.yml", "training", "models", fixed_model_name=name, domain="domain.yml")
    return time.perf_counter() - started


def read_all(archive: Path, texts: Sequence[str]) -> tuple[float, list[Parse]]:
    """Return the seconds until a model has read its first message, and what it makes of each text."""
    started = time.perf_counter()
    agent = Agent.load(str(archive))
    asyncio.run(agent.parse_message("0"))
    return time.perf_counter() - started, asyncio.run(parse_all(agent, texts, understood))


def understood(result: Mapping[str, Any]) -> Understood:
    """Return decision and readings of a parse result, also of one that has only Rasa's own keys.

    Rasa's fallback counts as asking back about what it would have said otherwise, so it keeps its top1 and top3.
    """
    if UNDERSTANDING in result:
        return model.understood(result)
    known = [entry for entry in result["intent_ranking"] if entry["name"] != DEFAULT_NLU_FALLBACK_INTENT_NAME]
    readings = [Reading(id=_full_id(entry["name"], result), confidence=entry["confidence"]) for entry in known]
    if result["intent"]["name"] == DEFAULT_NLU_FALLBACK_INTENT_NAME:
        return CLARIFY, readings or [Reading(id=OUT_OF_SCOPE, confidence=0.0)]
    return OUT_OF_SCOPE if readings[0]["id"] == OUT_OF_SCOPE else ANSWER, readings


def _full_id(intent: str, result: Mapping[str, Any]) -> str:
    return str(result["response_selector"][FAQ]["response"]["intent_response_key"]) if intent == FAQ else intent


def _alone(work: Callable[..., Result], *arguments: Any) -> Result:
    """Return what `work` returns in a process of its own, where nothing is warm from the work before."""
    quietly = {"initializer": configure_structlog, "initargs": (logging.ERROR,)}
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), **quietly) as pool:
        return pool.submit(work, *arguments).result()


def _lines(texts: Sequence[str]) -> str:
    return "".join(f"    - {text}\n" for text in texts)


def _load(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=15, help="so many of every intent")
    parser.add_argument("--epochs", type=int, default=100, help="so many for the stock pipeline")
    parser.add_argument("--table", type=Path, action="append", default=[], help="another table of questions to read")
    return parser.parse_args()


if __name__ == "__main__":
    main()
