"""Keys: the master key file, and data keys that several processes share."""
import json
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from dengta.database import reading, writing
from dengta.privacy.boxes import Unreadable
from dengta.privacy.keys import REREAD_AFTER, DataKeys, add_key, lock_keys
from dengta.privacy.master import KeyFileError, create_master, master, read_master
from dengta.privacy.tables import data_key
from dengta.privacy.vault import Vault, open_vault
from dengta.settings import SettingsError
from tests.backends.books import remove

PLACE = "message.body|c1|m1"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def rotated(engine: Engine) -> int:
    with writing(engine) as session:
        lock_keys(session)
        return add_key(session, master())


def test_a_master_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "master.key"
    assert create_master(path)
    made = read_master(path)
    assert not create_master(path)
    assert read_master(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]
    assert len({*made.wrapping, made.index, made.audit}) == 3


def test_of_several_makers_one_wins_and_all_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    made: list[bool] = []
    read: list[object] = []

    def make() -> None:
        made.append(create_master(path))
        read.append(read_master(path))

    makers = [threading.Thread(target=make) for _ in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sorted(made) == [False] * 7 + [True]
    assert all(keys == read[0] for keys in read)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    create_master(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_master(path)


KEY = "A" * 43 + "="


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        json.dumps({"wrapping": [], "index": KEY, "audit": KEY}).encode(),
        json.dumps({"wrapping": KEY, "index": KEY, "audit": KEY}).encode(),
        json.dumps({"wrapping": [KEY], "index": KEY}).encode(),
        json.dumps({"wrapping": [KEY], "index": KEY, "audit": "AAAA"}).encode(),
        json.dumps({"wrapping": [KEY], "index": KEY, "audit": 7}).encode(),
        json.dumps({"wrapping": [KEY], "index": KEY, "audit": "灯" * 44}).encode(),
    ],
)
def test_a_malformed_key_file_is_refused_in_one_sentence_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="master.key") as caught:
        read_master(path)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is missing"):
        read_master(tmp_path / "master.key")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_master(tmp_path)


def test_keys_do_not_show_when_they_are_printed(key_file: Path) -> None:
    assert str(master().audit) not in repr(master())


def test_the_wrong_master_is_refused_and_makes_no_key(engine: Engine, key_file: Path, tmp_path: Path) -> None:
    open_vault(engine, key_file)
    create_master(tmp_path / "other.key")
    with pytest.raises(KeyFileError, match="data key 1"):
        open_vault(engine, tmp_path / "other.key")
    with reading(engine) as session:
        assert session.execute(select(data_key.c.id)).scalars().all() == [1]


def test_a_wrapped_key_put_under_another_id_is_refused(engine: Engine, key_file: Path) -> None:
    open_vault(engine, key_file)
    with writing(engine) as session:
        session.execute(update(data_key).values(id=2))
    with pytest.raises(KeyFileError, match="data key 2"):
        open_vault(engine, key_file)


def test_a_new_wrapping_key_in_front_keeps_the_data_keys(engine: Engine, key_file: Path) -> None:
    sealed = open_vault(engine, key_file).seal(PLACE, "好")
    content = json.loads(key_file.read_text())
    content["wrapping"].insert(0, KEY)
    key_file.write_text(json.dumps(content))
    assert open_vault(engine, key_file).open(PLACE, sealed) == "好"


def test_a_process_opens_with_a_new_key_at_once_and_seals_with_it_within_a_minute(
    engine: Engine, key_file: Path
) -> None:
    clock = Clock()
    here = Vault(DataKeys(engine, master(), clock), master().index)
    assert rotated(engine) == 2
    assert here.seal(PLACE, "好").startswith("v1.1.")
    elsewhere = open_vault(engine, key_file).seal(PLACE, "早")
    assert elsewhere.startswith("v1.2.")
    assert here.open(PLACE, elsewhere) == "早"

    assert rotated(engine) == 3
    clock.seconds += REREAD_AFTER + 1
    assert here.seal(PLACE, "好").startswith("v1.3.")


def test_a_process_forgets_a_key_that_is_gone(engine: Engine, key_file: Path) -> None:
    clock = Clock()
    vault = Vault(DataKeys(engine, master(), clock), master().index)
    sealed = vault.seal(PLACE, "好")
    rotated(engine)
    with writing(engine) as session:
        session.execute(update(data_key).where(data_key.c.id == 1).values(wrapped=None))
    clock.seconds += REREAD_AFTER + 1
    vault.seal(PLACE, "早")
    with pytest.raises(Unreadable):
        vault.open(PLACE, sealed)


def test_a_running_process_does_without_a_key_of_another_master(
    engine: Engine, key_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    vault = Vault(DataKeys(engine, master(), clock), master().index)
    create_master(tmp_path / "other.key")
    with writing(engine) as session:
        add_key(session, read_master(tmp_path / "other.key"))
    clock.seconds += REREAD_AFTER + 1
    assert vault.open(PLACE, vault.seal(PLACE, "好")) == "好"
    assert "does not open data key 2" in caplog.text


def test_many_threads_holding_every_connection_still_learn_of_a_new_key(engine: Engine, key_file: Path) -> None:
    vault = open_vault(engine, key_file)
    rotated(engine)
    sealed = open_vault(engine, key_file).seal(PLACE, "好")
    everyone_holds_one = threading.Barrier(engine.pool.size() + engine.pool._max_overflow)
    opened: list[str] = []

    def work() -> None:
        with engine.connect() as connection:
            connection.execute(select(data_key.c.id))
            everyone_holds_one.wait(30)
            opened.append(vault.open(PLACE, sealed))

    threads = [threading.Thread(target=work) for _ in range(everyone_holds_one.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == ["好"] * everyone_holds_one.parties


def test_an_outage_is_an_outage_and_not_an_unreadable_value(url: str, engine: Engine, key_file: Path) -> None:
    clock = Clock()
    vault = Vault(DataKeys(engine, master(), clock), master().index)
    sealed = vault.seal(PLACE, "好")
    remove(url)
    assert vault.open(PLACE, sealed) == "好"
    clock.seconds += REREAD_AFTER + 1
    with pytest.raises(SQLAlchemyError):
        vault.seal(PLACE, "好")
    with pytest.raises(SQLAlchemyError):
        vault.open(PLACE, sealed.replace("v1.1.", "v1.2."))
