"""Asks a trained model."""
import asyncio
import logging
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
from rasa.core.agent import Agent

from dengta.evaluation.figures import Parse
from dengta.nlu.readings import Reading
from dengta.nlu.understanding import UNDERSTANDING

Understood = tuple[str, Sequence[Reading]]
"""The decision about a message, and its readings best first."""


def read_all(model: Path, texts: Iterable[str]) -> list[Parse]:
    """Return what the model archive `model` makes of each text.

    Raises:
        FileNotFoundError: there is no such model.
    """
    if not model.exists():
        raise FileNotFoundError(f"{model} is missing: make train")
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return asyncio.run(parse_all(Agent.load(str(model)), texts, understood))


def understood(result: Mapping[str, Any]) -> Understood:
    """Return what the project's own pipeline says of a message."""
    return result[UNDERSTANDING]["decision"], result[UNDERSTANDING]["readings"]


async def parse_all(
    agent: Agent, texts: Iterable[str], read: Callable[[Mapping[str, Any]], Understood]
) -> list[Parse]:
    """Return what an agent makes of each text, after a first message that warms it up; `read` reads Rasa's result."""
    await agent.parse_message("0")
    parses = []
    for text in texts:
        started = time.perf_counter()
        result = await agent.parse_message(text)
        seconds = time.perf_counter() - started
        parses.append(Parse(*read(result), seconds))
    return parses
