"""Refuses training data that would teach the assistant something wrong without a word."""
from collections.abc import Collection, Iterable
from pathlib import Path

import yaml

from dengta.nlu.examples import Example


class TrainingDataError(Exception):
    """Training stops; the message names the place, the example and the reason, one problem a line."""


def check(examples: Iterable[tuple[Example, str]], declared: Collection[str]) -> None:
    """Check pairs of an example and its normalised text against the declared ids.

    Raises:
        TrainingDataError: an example is empty or has an undeclared id, or two ids share one normalised text.
    """
    problems: list[str] = []
    seen: dict[str, Example] = {}
    for example, text in examples:
        first = seen.setdefault(text, example)
        if not example.text.strip():
            problems.append(f"{example.place}: empty example under {example.intent}")
        elif example.intent not in declared:
            problems.append(f"{example.place}: {example.intent} is not declared in the domain ({example.text})")
        elif first.intent != example.intent:
            problems.append(
                f"{example.place}: {example.text} is under {example.intent}, "
                f"but {first.place} has it as {first.text} under {first.intent}"
            )
    if problems:
        raise TrainingDataError("\n".join(problems))


def declared_ids(domain: Path, responses: Iterable[str]) -> set[str]:
    """Return the ids of a domain file: its intents, and `faq/x` for every response `utter_faq/x`.

    Raises:
        TrainingDataError: the domain cannot be read.
    """
    try:
        content = yaml.safe_load(domain.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError):
        raise TrainingDataError(f"{domain}:1: the domain cannot be read") from None
    intents = {name for item in content.get("intents") or [] for name in ([item] if isinstance(item, str) else item)}
    names = {*responses, *(content.get("responses") or {})}
    return intents | {name.removeprefix("utter_") for name in names if "/" in name}
