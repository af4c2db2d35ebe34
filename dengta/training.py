"""Train the Rasa model, but only when something it is made from has changed."""
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dengta.progress import step
from dengta.settings import ROOT
from dengta.supervisor import Launch, start, stop

SOURCES = ("config.yml", "domain.yml", "data", "dengta/nlu", "dengta/policies")
RASA_DATA = ("data/nlu", "data/faq", "data/rules", "data/stories")
_TERMINAL_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CHATTER = re.compile(r"^(\d{4}-\d\d-\d\d \S+ +)?(INFO|DEBUG)\b|^\s*(warnings?\.warn|Epochs:)|^Processed |^\s*$")
_EXCERPT = 25  # lines of Rasa's output shown after a failure


class TrainingFailed(Exception):
    """Rasa could not train; the message holds what it said: file, line and reason."""


def train_if_needed(model: Path, environment: Mapping[str, str], project: Path = ROOT) -> None:
    """Train `model` unless it was made from the present sources; the old one stays until the new one is whole.

    Raises:
        TrainingFailed: a source is missing or wrong.
    """
    missing = [name for name in ("config.yml", "domain.yml", "data/nlu") if not (project / name).exists()]
    if missing:
        raise TrainingFailed(f"There is nothing to train from: {', '.join(missing)} is missing")
    model.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(model.parent / ".training.lock"):
        present = fingerprint(project)
        if is_current(model, present):
            return
        with step("Training the model"), tempfile.TemporaryDirectory(dir=model.parent, prefix=".training-") as folder:
            os.replace(_train(Path(folder), environment, project), model)
        _record(model).write_text(present, encoding="utf-8")


def is_current(model: Path, present: str) -> bool:
    """Say whether a model exists and was made from sources with the fingerprint `present`."""
    record = _record(model)
    return model.exists() and record.exists() and record.read_text(encoding="utf-8") == present


def fingerprint(project: Path = ROOT) -> str:
    """Return one digest over the names and contents of everything the model is made from."""
    digest = hashlib.sha256()
    for path in sorted(_files(project)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(project).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def rasa_data(project: Path = ROOT) -> list[str]:
    """Return the folders that hold Rasa training data, relative to the project."""
    return [name for name in RASA_DATA if (project / name).is_dir()]


def complaint(output: str) -> str:
    """Return the end of what Rasa printed, without colours and chatter."""
    lines = [line.rstrip() for line in _TERMINAL_COLOUR.sub("", output).splitlines() if not _CHATTER.match(line)]
    return "\n".join(f"  {line}" for line in lines[-_EXCERPT:]) or "  Rasa gave no reason"


def _files(project: Path) -> Iterator[Path]:
    for source in SOURCES:
        path = project / source
        candidates = path.rglob("*") if path.is_dir() else [path]
        yield from (file for file in candidates if file.suffix in (".yml", ".yaml", ".txt", ".py", ".json"))


def _record(model: Path) -> Path:
    return model.with_name(model.name + ".fingerprint")


def _train(folder: Path, environment: Mapping[str, str], project: Path) -> Path:
    launch = Launch(environment, folder)
    inputs = ["--config", "config.yml", "--domain", "domain.yml", "--data", *rasa_data(project)]
    output = ["--out", str(folder), "--fixed-model-name", "model"]
    process = start(["rasa", "train", "--skip-validation", *inputs, *output], launch, "rasa", cwd=project)
    try:
        code = process.wait()
    finally:
        stop(process)
    archive = folder / "model.tar.gz"
    if code != 0 or not archive.exists():
        said = launch.log("rasa").read_text(encoding="utf-8", errors="replace")
        raise TrainingFailed(f"Training failed:\n{complaint(said)}")
    return archive


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
