"""What the hand-over keeps follows the data keys, and goes with its conversation."""
from collections.abc import Iterator
from pathlib import Path

import pytest

from dengta.commands import BESIDE, COLUMNS
from dengta.conversation.erasure import Erasure
from dengta.handoff.queue import Queue
from dengta.handoff.rules import rules
from dengta.handoff.tables import queue_entry
from dengta.privacy.master import master
from dengta.privacy.rotation import rotate
from dengta.privacy.vault import open_vault
from dengta.settings import settings
from tests.handoff.floor import Floor


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DENGTA_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    for cached in (settings, master):
        cached.cache_clear()
    yield tmp_path / "master.key"
    for cached in (settings, master):
        cached.cache_clear()


async def test_a_note_is_sealed_anew_and_can_still_be_read(floor: Floor, key_file: Path) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.comes("a2")
    await floor.queue.transfer_to_colleague(talk, "a1", epoch, "a2", "客户已核身")
    before = floor.rows(queue_entry)[-1].note
    notes = [column for column in COLUMNS if column.table is queue_entry]
    assert [batch.resealed for batch in rotate(floor.engine, notes, pause=lambda seconds: None)] == [1]
    assert floor.rows(queue_entry)[-1].note != before
    vault = open_vault(floor.engine, key_file)
    assert await Queue(floor.engine, vault, rules(), lambda: floor.time).note(talk) == "客户已核身"


async def test_who_had_a_conversation_is_forgotten_with_it(floor: Floor, key_file: Path) -> None:
    talk, epoch = await floor.helped("a1")
    await floor.queue.close(talk, "a1", epoch)
    Erasure(floor.engine, floor.vault, BESIDE).conversation(talk, "operator")
    assert floor.rows(queue_entry) == []
