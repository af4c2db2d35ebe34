"""The model is trained when its sources changed, and only then; a broken source is named with line and reason."""

from pathlib import Path

import pytest

from dengta import training
from dengta.rasa_command import Said
from dengta.training import TrainingFailed, fingerprint, train_if_needed


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small Rasa project."""
    (tmp_path / "data/nlu").mkdir(parents=True)
    (tmp_path / "config.yml").write_text("recipe: default.v1\nlanguage: zh\npipeline: []\npolicies: []\n")
    (tmp_path / "domain.yml").write_text('version: "3.1"\nintents: [greet]\n')
    (tmp_path / "data/nlu/talk.yml").write_text('version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - 你好\n')
    return tmp_path


def fake_training(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Replace Rasa by something that writes an archive at once; returns a list that grows with every training."""
    trainings: list[int] = []

    def train(*arguments: str, project: Path) -> Said:
        trainings.append(1)
        folder = Path(arguments[arguments.index("--out") + 1])
        (folder / "model.tar.gz").write_bytes(b"model %d" % len(trainings))
        return Said(0, ())

    monkeypatch.setattr(training, "rasa", train)
    return trainings


def test_a_model_is_trained_again_only_after_a_change(project, monkeypatch):
    trainings, model = fake_training(monkeypatch), project / "models/dengta.tar.gz"
    train_if_needed(model, project)
    train_if_needed(model, project)
    assert len(trainings) == 1
    (project / "domain.yml").write_text('version: "3.1"\nintents: [greet, goodbye]\n')
    train_if_needed(model, project)
    assert model.read_bytes() == b"model 2"


def test_a_lost_model_is_trained_again(project, monkeypatch):
    trainings, model = fake_training(monkeypatch), project / "models/dengta.tar.gz"
    train_if_needed(model, project)
    model.unlink()
    train_if_needed(model, project)
    assert len(trainings) == 2


@pytest.mark.parametrize("change", ["data/stories/new.yml", "dengta/nlu/component.py", "dengta/policies/policy.py"])
def test_a_new_source_changes_the_fingerprint(project, change):
    before = fingerprint(project)
    (project / change).parent.mkdir(parents=True, exist_ok=True)
    (project / change).write_text("new")
    assert fingerprint(project) != before


def test_compiled_files_do_not_matter(project):
    before = fingerprint(project)
    (project / "dengta/nlu/__pycache__").mkdir(parents=True)
    (project / "dengta/nlu/__pycache__/component.cpython-310.pyc").write_bytes(b"x")
    assert fingerprint(project) == before


def test_a_broken_file_is_named_with_line_and_reason_and_the_old_model_stays(project):
    model = project / "models/dengta.tar.gz"
    model.parent.mkdir()
    model.write_bytes(b"old")
    (project / "data/nlu/talk.yml").write_text('version: "3.1"\nnlu:\n- intent: greet\n  examples: [|\n')
    with pytest.raises(TrainingFailed) as caught:
        train_if_needed(model, project)
    assert "talk.yml" in str(caught.value)
    assert "line 4" in str(caught.value)
    assert model.read_bytes() == b"old"
    assert sorted(path.name for path in model.parent.iterdir()) == [".training.lock", "dengta.tar.gz"]


def test_missing_sources_are_named(tmp_path):
    with pytest.raises(TrainingFailed, match="config.yml, domain.yml, data/nlu"):
        train_if_needed(tmp_path / "models/dengta.tar.gz", tmp_path)
