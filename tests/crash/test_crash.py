"""Processes are killed under load, and nobody notices."""
import random
from pathlib import Path

import pytest

from dengta.settings import settings
from dengta.training import train_if_needed
from tests.crash.run import crash


@pytest.fixture(scope="module", autouse=True)
def _model() -> None:
    train_if_needed(settings().model)


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
async def test_no_message_is_lost_doubled_or_out_of_order_when_processes_are_killed(
    database: str, tmp_path: Path
) -> None:
    report = await crash(5, database, tmp_path, random.Random())

    assert sum(report.kills.values()) == 5
    assert report.verdict.messages >= 20
    assert report.verdict.faults == [], str(report)
