"""The figures the model must not fall behind (`tests/nlu/gates.yml`)."""
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from dengta.evaluation.figures import Figures

_LESS_IS_BETTER = {"misled", "false_accepts", "calibration_error"}


def recorded(path: Path) -> dict[str, Any]:
    """Return the recorded figures: per table a mapping of figures, with a mapping per stratum under `strata`."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def values(figures: Figures) -> dict[str, Any]:
    """Return the figures of a table in the shape in which they are recorded."""
    whole = {name: getattr(figures, name) for name in ("macro_recall", "false_accepts", "calibration_error")}
    return {**asdict(figures.overall), **whole, "strata": {name: asdict(s) for name, s in figures.strata.items()}}


def behind(measured: Mapping[str, Any], gates: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Yield a line for every measured figure that is worse than its gate, or that is missing."""
    for name, gate in gates.items():
        if isinstance(gate, Mapping):
            yield from behind(measured.get(name, {}), gate, f"{place}{name}/")
        elif name not in measured:
            yield f"{place}{name}: not measured, {gate:.3f} is recorded"
        elif (measured[name] > gate) if name in _LESS_IS_BETTER else (measured[name] < gate):
            yield f"{place}{name}: {measured[name]:.3f}, {gate:.3f} is recorded"
