"""Run one of Rasa's own commands and keep what it says about the project, not what it says about itself."""
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dengta.settings import ROOT
from dengta.supervisor import Launch, start, stop

DATA = ("data/nlu", "data/faq", "data/rules", "data/stories")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \S+ (WARNING|ERROR) +\S+ +- |^/\S+\.py:\d+: (?=\w*Warning)|^UserWarning: ")
_FOREIGN_FRAME = re.compile(
    r'^  File "[^"]*(/site-packages/|/lib/python3|<frozen |/dengta/supervised\.py)[^\n]*\n(    [^\n]*\n)*', re.MULTILINE
)
_CHATTER = re.compile(
    r"^\s*$|^Traceback |^The above exception |^During handling |^\d{4}-\d\d-\d\d \S+ (INFO|DEBUG)\b"
    r"|^Processed |^Epochs:|^ +More info at |^Your Rasa model is trained"
    r"|is not used in any story or rule"  # utterances are used by actions
    r"|duplicated intents have been found across multiple domain files: faq"  # as the answers are, on purpose
    r"|examples for training a response selector"  # ours is dengta.nlu.faq
)


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said that matters, line by line."""

    status: int
    lines: tuple[str, ...]

    def ending(self, count: int = 25) -> str:
        """Return the last lines, indented."""
        return "\n".join(f"  {line}" for line in self.lines[-count:]) or "  Rasa gave no reason"


def rasa(*arguments: str, project: Path = ROOT) -> Said:
    """Run `rasa <arguments>` in a project; it ends with this process."""
    with tempfile.TemporaryDirectory() as folder:
        launch = Launch(Path(folder))
        process = start(["rasa", *arguments], launch, "rasa", cwd=project)
        try:
            status = process.wait()
        finally:
            stop(process)
        return Said(status, tuple(what_matters(launch.log("rasa").read_text(encoding="utf-8", errors="replace"))))


def training_data(project: Path = ROOT) -> list[str]:
    """Return the folders that hold Rasa training data, relative to the project."""
    return [name for name in DATA if (project / name).is_dir()]


def what_matters(output: str) -> list[str]:
    """Return the lines of Rasa's output that say something about the project."""
    lines = []
    for line in _FOREIGN_FRAME.sub("", _COLOUR.sub("", output)).splitlines():
        while _PREFIX.match(line):
            line = _PREFIX.sub("", line, count=1)
        if not _CHATTER.search(line):
            lines.append(line.rstrip())
    return lines
