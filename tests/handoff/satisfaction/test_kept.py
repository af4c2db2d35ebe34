"""What customers wrote about a person's help follows the data keys, and goes when they are erased; the figures stay."""
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Row

from dengta.commands import BESIDE, COLUMNS
from dengta.conversation.erasure import Erasure
from dengta.database import reading
from dengta.handoff.satisfaction import answers
from dengta.handoff.satisfaction.answers import Answer
from dengta.handoff.satisfaction.retention import RatingCases
from dengta.handoff.satisfaction.tables import rating, rating_agent, rating_reason
from dengta.privacy.master import master
from dengta.privacy.rotation import rotate
from dengta.privacy.vault import open_vault
from dengta.settings import settings
from tests.handoff.floor import Floor

Rate = Callable[[Row, Answer], None]
WORDS = "我叫张三，等太久了"


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DENGTA_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    for cached in (settings, master):
        cached.cache_clear()
    yield tmp_path / "master.key"
    for cached in (settings, master):
        cached.cache_clear()


@pytest.fixture
async def rated(floor: Floor, rate: Rate) -> str:
    """A customer's conversation that was rated and has ended."""
    talk, epoch = await floor.helped("a1")
    floor.knows(talk, "C1")
    await floor.queue.say(talk, "a1", epoch, {"text": "您好"}, "m1")
    await floor.queue.close(talk, "a1", epoch)
    rate(floor.rows(rating)[0], Answer(2, ("slow",), 3, WORDS))
    return talk


async def test_words_are_sealed_anew_and_can_still_be_read(floor: Floor, rated: str, key_file: Path) -> None:
    before = floor.rows(rating)[0].words
    ours = [column for column in COLUMNS if column.table is rating]
    assert [batch.resealed for batch in rotate(floor.engine, ours, pause=lambda seconds: None)] == [1]
    assert floor.rows(rating)[0].words != before
    with reading(floor.engine) as session:
        row = answers.newest(session, rated, floor.time)
        assert row is not None and answers.words_of(open_vault(floor.engine, key_file), row) == WORDS


@pytest.mark.parametrize("whole", [False, True])
async def test_an_erasure_leaves_figures_that_are_nobodys(
    floor: Floor, rated: str, key_file: Path, whole: bool
) -> None:
    assert floor.rows(rating)[0].customer_id == "C1"
    erasure = Erasure(floor.engine, floor.vault, BESIDE, [RatingCases()])
    erased = erasure.conversation(rated, "operator") if whole else erasure.customer("C1", "operator")
    [row] = floor.rows(rating)
    assert (row.words, row.customer_id, row.account_id) == (None, None, None)
    assert (row.score, row.nps) == (2, 3)
    assert len(floor.rows(rating_reason)) == len(floor.rows(rating_agent)) == 1
    assert erased.records > 0
