"""Rotating and retiring data keys: nothing is lost, whoever writes and whatever is killed meanwhile."""
import base64
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.engine import Engine, Row

from dengta.conversation.accounts import Accounts
from dengta.conversation.log import MessageLog
from dengta.conversation.sealed import COLUMNS, tracker_place
from dengta.conversation.tables import tracker_event
from dengta.database import migrate, reading, writing
from dengta.privacy.boxes import Unreadable
from dengta.privacy.keys import DataKeys
from dengta.privacy.master import KeyFileError, create_master, master
from dengta.privacy.rotation import BATCH, Batch, KeyInUse, count, count_others, retire, rewrap, rotate
from dengta.privacy.tables import audit, data_key
from dengta.privacy.vault import Vault, open_vault
from dengta.settings import ROOT
from tests.privacy.notes import BODY, fill, keys_used, note, place, stored

SIZE = BATCH + 20  # more than one transaction


@pytest.fixture
def vault(engine: Engine, key_file: Path) -> Vault:
    vault = open_vault(engine, key_file)
    fill(engine, vault, ["a", "b"], SIZE)
    return vault


def rotated(engine: Engine) -> list[Batch]:
    return list(rotate(engine, [BODY], pause=lambda seconds: None))


def read(engine: Engine, vault: Vault) -> dict[tuple[str, int], str]:
    return {key: vault.open("note.body|{}|{}".format(*key), body) for key, body in stored(engine).items() if body}


def read_anew(engine: Engine, key_file: Path) -> dict[tuple[str, int], str]:
    """What a process that starts now reads."""
    return read(engine, open_vault(engine, key_file))


def events(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.execute(select(audit.c.event).order_by(audit.c.id)).scalars())


def make_older(engine: Engine, by: timedelta) -> None:
    with writing(engine) as session:
        for key in session.execute(select(data_key)).all():
            session.execute(update(data_key).where(data_key.c.id == key.id).values(created_at=key.created_at - by))


def everything() -> dict[tuple[str, int], str]:
    return {(room, number): f"{room}{number}" for room in "ab" for number in range(SIZE)}


def test_a_rotation_seals_every_value_anew_in_several_transactions(
    engine: Engine, vault: Vault, key_file: Path
) -> None:
    before = stored(engine)
    batches = rotated(engine)
    assert sum(batch.resealed for batch in batches) == 2 * SIZE
    assert max(batch.resealed for batch in batches) == BATCH
    assert keys_used(engine) == {"2"}
    assert not set(before.values()) & set(stored(engine).values())
    assert read_anew(engine, key_file) == everything()
    assert read(engine, vault) == everything()
    assert events(engine) == ["keys_rotated"]


def test_text_from_before_encryption_is_sealed_and_an_empty_value_stays_empty(
    engine: Engine, vault: Vault, key_file: Path
) -> None:
    with writing(engine) as session:
        session.execute(insert(note).values(room="c", number=1, body="plain.v1.2.好"))
        session.execute(insert(note).values(room="c", number=2, body=None))
    rotated(engine)
    assert keys_used(engine) == {"2"}
    assert stored(engine)["c", 2] is None
    assert read_anew(engine, key_file) == {**everything(), ("c", 1): "v1.2.好"}


def test_what_cannot_be_read_is_left_alone_and_counted(engine: Engine, vault: Vault) -> None:
    swapped = {("a", 1): stored(engine)["a", 2], ("a", 2): stored(engine)["a", 1], ("b", 3): "no seal at all"}
    with writing(engine) as session:
        for (room, number), body in swapped.items():
            session.execute(update(note).where(note.c.room == room, note.c.number == number).values(body=body))
    assert sum(batch.resealed for batch in rotated(engine)) == 2 * SIZE - 3
    assert {key: stored(engine)[key] for key in swapped} == swapped
    with reading(engine) as session:
        assert count_others(session, BODY, 2) == 3
        assert (count(session, BODY, 1), count(session, BODY, 2)) == (2, 2 * SIZE - 3)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


def test_no_change_of_a_writer_is_lost_while_keys_rotate(engine: Engine, vault: Vault, key_file: Path) -> None:
    clock, over = Clock(), threading.Event()
    changes: dict[str, int] = {}

    def write(room: str) -> None:
        own = Vault(DataKeys(engine, master(), clock), master().index)
        changes[room] = 0
        while not over.is_set():
            with writing(engine) as session:
                row = session.execute(
                    select(note).where(note.c.room == room, note.c.number == 7).with_for_update()
                ).one()
                more = own.open(place(row), row.body) + "+"
                this = (note.c.room == room) & (note.c.number == 7)
                session.execute(update(note).where(this).values(body=own.seal(place(row), more)))
            changes[room] += 1

    writers = [threading.Thread(target=write, args=(room,)) for room in "ab"]
    for writer in writers:
        writer.start()
    for _ in range(2):
        for _ in rotate(engine, [BODY], pause=clock.pass_by):
            pass
    over.set()
    for writer in writers:
        writer.join()
    assert min(changes.values()) > 0
    assert read_anew(engine, key_file) == {
        **everything(),
        ("a", 7): "a7" + "+" * changes["a"],
        ("b", 7): "b7" + "+" * changes["b"],
    }
    rotated(engine)
    assert keys_used(engine) == {"4"}


def test_what_a_process_still_sealed_with_the_old_key_is_sealed_anew_by_the_second_pass(
    engine: Engine, vault: Vault, key_file: Path
) -> None:
    waited: list[float] = []

    def late_write(seconds: float) -> None:
        waited.append(seconds)
        with writing(engine) as session:
            session.execute(insert(note).values(room="a", number=-1, body=vault.seal("note.body|a|-1", "late")))

    for _ in rotate(engine, [BODY], pause=late_write):
        pass
    assert 60 < waited[0] <= 90
    assert keys_used(engine) == {"2"}
    assert read_anew(engine, key_file)["a", -1] == "late"


def test_a_rotation_that_failed_goes_on_with_the_same_key(engine: Engine, vault: Vault, key_file: Path) -> None:
    def fail(row: Row) -> str:
        if (row.room, row.number) == ("b", 30):
            raise RuntimeError("broken")
        return place(row)

    with pytest.raises(RuntimeError):
        list(rotate(engine, [replace(BODY, place=fail)], pause=lambda seconds: None))
    assert keys_used(engine) == {"1", "2"}
    assert read_anew(engine, key_file) == everything()
    assert 0 < sum(batch.resealed for batch in rotated(engine)) < 2 * SIZE
    assert keys_used(engine) == {"2"}
    assert read_anew(engine, key_file) == everything()
    assert events(engine) == ["keys_rotated"]
    rotated(engine)
    assert keys_used(engine) == {"3"}


def test_a_killed_rotation_leaves_everything_readable_and_goes_on(
    url: str, engine: Engine, vault: Vault, key_file: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.privacy.notes", str(BATCH + 10)],
        cwd=ROOT,
        env={**os.environ, "DENGTA_DATABASE_URL": url, "DENGTA_MASTER_KEY_FILE": str(key_file)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    process.kill()
    process.communicate()
    assert keys_used(engine) == {"1", "2"}
    assert read_anew(engine, key_file) == everything()
    assert sum(batch.resealed for batch in rotated(engine)) == 2 * SIZE - BATCH
    assert keys_used(engine) == {"2"}
    assert read_anew(engine, key_file) == everything()


def test_a_retired_key_is_gone_and_so_is_what_only_it_could_open(
    engine: Engine, vault: Vault, key_file: Path
) -> None:
    old_copy = stored(engine)["a", 1]
    rotated(engine)
    make_older(engine, timedelta(minutes=6))
    retire(engine, 1)
    with reading(engine) as session:
        key = session.execute(select(data_key).where(data_key.c.id == 1)).one()
    assert key.wrapped is None
    assert key.retired_at is not None
    assert read_anew(engine, key_file) == everything()
    with pytest.raises(Unreadable):
        open_vault(engine, key_file).open("note.body|a|1", old_copy)
    assert events(engine) == ["keys_rotated", "key_retired"]


def test_a_key_in_use_is_not_retired(engine: Engine, vault: Vault, key_file: Path) -> None:
    def refused(key_id: int, why: str) -> None:
        with pytest.raises(KeyInUse, match=why):
            retire(engine, key_id)

    refused(1, "newest")
    old = stored(engine)["a", 1]
    rotated(engine)
    refused(1, "moments ago")
    make_older(engine, timedelta(minutes=6))
    refused(2, "newest")
    refused(3, "no data key 3")
    with writing(engine) as session:
        session.execute(update(note).where(note.c.room == "a", note.c.number == 1).values(body=old))
    refused(1, r"1 values of note\.body")
    assert read_anew(engine, key_file) == everything()
    rotated(engine)
    retire(engine, 1)
    refused(1, "or no longer")


def test_a_key_that_seals_a_column_nobody_declared_is_kept(engine: Engine, vault: Vault, key_file: Path) -> None:
    with writing(engine) as session:
        session.execute(text("CREATE TABLE forgotten (id INTEGER, secret TEXT)"))
        session.execute(text("INSERT INTO forgotten VALUES (1, :sealed)"), {"sealed": vault.seal("elsewhere", "好")})
    rotated(engine)
    make_older(engine, timedelta(minutes=6))
    with pytest.raises(KeyInUse, match=r"1 values of forgotten\.secret"):
        retire(engine, 1)


async def test_conversations_accounts_and_trackers_are_sealed_anew(url: str, engine: Engine, key_file: Path) -> None:
    migrate(url, "dengta.conversation")
    vault = open_vault(engine, key_file)
    log, accounts = MessageLog(engine, vault), Accounts(engine, vault)
    known = await accounts.meet("wechat", "openid-1", "openid-1")
    await log.receive(known.conversation_id, "c1", {"text": "这个月还多少"})
    event = {"sender_id": "c1", "seq": 1, "type_name": "user", "timestamp": 1.0}
    with writing(engine) as session:
        session.execute(insert(tracker_event).values(**event, data=vault.seal(tracker_place("c1", 1), "{}")))

    resealed = {str(batch.column.column): batch.resealed for batch in rotate(engine, COLUMNS, lambda seconds: None)}
    assert resealed == {"message.body": 1, "account.address": 1, "tracker_event.data": 1}
    make_older(engine, timedelta(minutes=6))
    retire(engine, 1)
    vault = open_vault(engine, key_file)
    (message,) = await MessageLog(engine, vault).since(known.conversation_id, 0)
    assert message.text == "这个月还多少"
    assert await Accounts(engine, vault).address(known.id) == "openid-1"
    with reading(engine) as session:
        assert vault.open(tracker_place("c1", 1), session.execute(select(tracker_event.c.data)).scalar_one()) == "{}"


def replace_master(key_file: Path, keep_old: bool) -> None:
    content = json.loads(key_file.read_text())
    new = base64.urlsafe_b64encode(os.urandom(32)).decode()
    content["wrapping"] = [new, *content["wrapping"]] if keep_old else content["wrapping"][:1]
    key_file.write_text(json.dumps(content))
    master.cache_clear()


def test_the_master_is_replaced_in_two_steps(engine: Engine, vault: Vault, key_file: Path, tmp_path: Path) -> None:
    before = key_file.read_text()
    rotated(engine)
    replace_master(key_file, keep_old=True)
    assert rewrap(engine) == 2
    replace_master(key_file, keep_old=False)
    assert read_anew(engine, key_file) == everything()
    key_file.write_text(before)
    with pytest.raises(KeyFileError):
        open_vault(engine, key_file)


@pytest.mark.parametrize("work", [rewrap, rotated])
def test_the_wrong_master_changes_nothing(engine: Engine, vault: Vault, key_file: Path, work) -> None:
    right = key_file.read_text()
    key_file.unlink()
    create_master(key_file)
    master.cache_clear()
    with pytest.raises(KeyFileError):
        work(engine)
    key_file.write_text(right)
    master.cache_clear()
    with reading(engine) as session:
        assert session.execute(select(func.count()).select_from(data_key)).scalar_one() == 1
    assert read_anew(engine, key_file) == everything()
    assert events(engine) == []
