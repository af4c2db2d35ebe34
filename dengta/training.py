"""Train the Rasa model, but only when something it is made from has changed."""
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dengta.progress import say, step
from dengta.rasa_command import DATA, rasa, training_data
from dengta.settings import ROOT

SOURCES = (
    "config.yml",
    "domain.yml",
    *DATA,
    *(f"data/lexicon/{name}.yml" for name in ("concepts", "entities", "normalize", "requests")),
    "dengta/nlu",
    "dengta/policies",
)


class TrainingFailed(Exception):
    """Rasa could not train; the message holds what it said: file, line and reason."""


def train_if_needed(model: Path, project: Path = ROOT) -> None:
    """Train `model` unless it was made from the present sources; the old one stays until the new one is whole.

    Raises:
        TrainingFailed: a source is missing or wrong.
    """
    missing = [name for name in ("config.yml", "domain.yml", "data/nlu") if not (project / name).exists()]
    if missing:
        raise TrainingFailed(f"There is nothing to train from: {', '.join(missing)} is missing")
    model.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(model.parent / ".training.lock"):
        for left_over in model.parent.glob(".training-*"):
            shutil.rmtree(left_over)
        present = fingerprint(project)
        if is_current(model, present):
            return
        _train(model, project)
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


def _train(model: Path, project: Path) -> None:
    with tempfile.TemporaryDirectory(dir=model.parent, prefix=".training-") as folder:
        inputs = ["--config", "config.yml", "--domain", "domain.yml", "--data", *training_data(project)]
        output = ["--out", folder, "--fixed-model-name", "model"]
        with step("Training the model"):
            said = rasa("train", "--skip-validation", *inputs, *output, project=project)
            archive = Path(folder, "model.tar.gz")
            if said.status != 0 or not archive.exists():
                raise TrainingFailed(f"Training failed:\n{said.ending()}")
        for line in said.lines:
            say(f"  {line}")
        os.replace(archive, model)


def _files(project: Path) -> Iterator[Path]:
    for source in SOURCES:
        path = project / source
        candidates = path.rglob("*") if path.is_dir() else [path] if path.exists() else []
        yield from (file for file in candidates if file.suffix in (".yml", ".yaml", ".txt", ".py", ".json"))


def _record(model: Path) -> Path:
    return model.with_name(model.name + ".fingerprint")


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
