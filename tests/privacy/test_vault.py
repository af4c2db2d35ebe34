"""Sealed values: what comes back, where it opens, and what an attacker with the database can do with it."""
import threading
from pathlib import Path
from typing import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from dengta.database import connect, migrate
from dengta.privacy.boxes import Unreadable
from dengta.privacy.keys import DataKeys
from dengta.privacy.master import create_master, master, read_master
from dengta.privacy.vault import Vault, open_vault

PLACE = "message.body|c1|m1"


@pytest.fixture
def vault(engine: Engine, key_file: Path) -> Vault:
    return open_vault(engine, key_file)


@pytest.fixture(scope="module")
def any_vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    folder = tmp_path_factory.mktemp("vault")
    migrate(f"sqlite:///{folder / 'dengta.db'}", "dengta.privacy")
    create_master(folder / "master.key")
    engine = connect(f"sqlite:///{folder / 'dengta.db'}", 10.0)
    yield open_vault(engine, folder / "master.key")
    engine.dispose()


@given(place=st.text(st.characters(blacklist_categories=["Cs"])), text=st.text(st.characters(blacklist_categories=[])))
def test_every_text_comes_back(any_vault: Vault, place: str, text: str) -> None:
    assert any_vault.open(place, any_vault.seal(place, text)) == text


@given(text=st.text(), position=st.integers(0), character=st.characters())
def test_a_sealed_value_opens_as_it_was_or_not_at_all(
    any_vault: Vault, text: str, position: int, character: str
) -> None:
    sealed = any_vault.seal(PLACE, text)
    position %= len(sealed)
    changed = sealed[:position] + character + sealed[position + 1 :]
    try:
        assert any_vault.open(PLACE, changed) == text
    except Unreadable:
        assert changed != sealed


def test_the_database_holds_nothing_of_the_text(any_vault: Vault) -> None:
    once, again = any_vault.seal(PLACE, "19900000001"), any_vault.seal(PLACE, "19900000001")
    assert once.startswith("v1.1.")
    assert once != again
    assert "19900000001" not in once


def test_a_value_moved_to_another_row_or_column_is_unreadable(any_vault: Vault) -> None:
    sealed = any_vault.seal(PLACE, "19900000001")
    for place in ("message.body|c1|m2", "account.address|c1|m1", ""):
        with pytest.raises(Unreadable):
            any_vault.open(place, sealed)


@pytest.mark.parametrize(
    "sealed",
    [
        *("", "19900000001", "v1", "v1.1", "v1.1.", "plain"),
        *("v1.x.AAAA", "v2.1.AAAA", "V1.1.AAAA", "v1.-1.AA==", "v1.9.AAAA", "v1.99999999999999999999.AAAA"),
        *("v1.1.AAAA", "v1.1.A", "v1.1.灯塔"),
    ],
)
def test_what_is_not_sealed_is_unreadable_and_not_repeated(any_vault: Vault, sealed: str) -> None:
    with pytest.raises(Unreadable) as caught:
        any_vault.open(PLACE, sealed)
    assert "19900000001" not in str(caught.value)


def test_text_from_before_encryption_is_read_as_it_stands(any_vault: Vault) -> None:
    assert any_vault.open(PLACE, "plain.v1.1.好") == "v1.1.好"


def test_a_blind_index_tells_equal_values_of_one_purpose_and_needs_the_key_file(
    vault: Vault, engine: Engine, tmp_path: Path
) -> None:
    index = vault.index("phone", "19900000001")
    assert len(bytes.fromhex(index)) == 32
    assert vault.index("phone", "19900000001") == index
    assert vault.index("phone", "19900000002") != index
    assert vault.index("card", "19900000001") != index
    assert open_vault(engine, tmp_path / "master.key").index("phone", "19900000001") == index
    create_master(tmp_path / "other.key")
    assert Vault(DataKeys(engine, master()), read_master(tmp_path / "other.key").index).index("phone", "1") != index


def test_every_process_uses_the_first_key_although_all_start_at_once(engine: Engine, key_file: Path) -> None:
    vaults: list[Vault] = []
    starts = [threading.Thread(target=lambda: vaults.append(open_vault(engine, key_file))) for _ in range(8)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    sealed = [vault.seal(PLACE, "好") for vault in vaults]
    assert len(sealed) == 8
    assert all(vault.open(PLACE, value) == "好" for vault in vaults for value in sealed)
    assert all(value.startswith("v1.1.") for value in sealed)


def test_threads_share_a_vault(vault: Vault) -> None:
    opened: list[bool] = []

    def work(number: int) -> None:
        texts = [f"{number} {turn}" for turn in range(300)]
        opened.extend(vault.open(text, vault.seal(text, text)) == text for text in texts)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == [True] * 2400
