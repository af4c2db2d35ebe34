"""The project's own YAML below `data/`, outside of what Rasa is trained on."""
from typing import Any

import yaml

from dengta.settings import ROOT


def read_data(name: str) -> dict[str, Any]:
    """Return the content of `data/<name>.yml`, such as `handoff/hours`; it belongs to the caller."""
    return dict(yaml.safe_load((ROOT / "data" / f"{name}.yml").read_text(encoding="utf-8")))
