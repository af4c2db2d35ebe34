"""Checks that Rasa itself offers, with exit statuses that mean something: `check_rasa.py data | stories`.

`rasa test` ends with status 0 even without a model or a story, so its report is read here.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Optional

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dengta.progress import say
from dengta.rasa_command import rasa, training_data
from dengta.settings import settings

STORIES = Path("tests/stories")


def main() -> Optional[str]:
    """Run the check named on the command line; return what is wrong, None if nothing is."""
    checks = {"data": check_data, "stories": check_stories}
    if sys.argv[1:] not in ([name] for name in checks):
        return f"usage: check_rasa.py {' | '.join(checks)}"
    return checks[sys.argv[1]]()


def check_data() -> Optional[str]:
    """Validate domain, training data and stories against each other."""
    return _rasa("data", "validate", "--domain", "domain.yml", "--data", *training_data(), "--fail-on-warnings")


def check_stories() -> Optional[str]:
    """Run every dialogue of tests/stories against the model; all of them must come out as written."""
    model = settings().model
    written = sum(len(yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]) for path in STORIES.rglob("*.yml"))
    if not model.exists():
        return f"{model} is missing: run `make train`"
    if not written:
        return f"{STORIES} holds no stories"
    with tempfile.TemporaryDirectory() as results:
        wrong = _rasa("test", "core", "--model", str(model), "--stories", str(STORIES), "--out", results, "--no-plot")
        return wrong or _judge(Path(results), written)


def _judge(results: Path, written: int) -> Optional[str]:
    report = results / "story_report.json"
    if not report.exists():
        return "rasa test core left no story_report.json"
    counts = json.loads(report.read_text(encoding="utf-8")).get("conversation_accuracy", {})
    correct, total = counts.get("correct", 0), counts.get("total", 0)
    say(f"  {correct} of {written} dialogues in {STORIES} passed")
    if correct == total == written:
        return None
    failed = results / "failed_test_stories.yml"
    return failed.read_text(encoding="utf-8") if failed.exists() else f"only {total} of {written} dialogues were run"


def _rasa(*arguments: str) -> Optional[str]:
    say(f"· rasa {arguments[0]} {arguments[1]}")
    said = rasa(*arguments)
    return said.ending() if said.status else None


if __name__ == "__main__":
    sys.exit(main())
