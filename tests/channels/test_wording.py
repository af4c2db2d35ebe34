"""Official contacts come from one file, and no text names one that does not exist."""
import re

import pytest
import yaml

from dengta.channels import wording
from dengta.channels.errors import STATUS
from dengta.channels.inbound import COMMANDS
from dengta.settings import ROOT

TEXTS = [path for path in [ROOT / "domain.yml", *sorted((ROOT / "data").rglob("*.yml"))] if path.exists()]
PUBLIC_LINES = {"police": "110", "anti_fraud": "96110", "banking_complaints": "12378", "credit_reports": "12363"}


def test_contacts_are_filled_in() -> None:
    assert wording.fill("报警[[police]]，反诈[[anti_fraud]]。") == "报警110，反诈96110。"
    assert re.fullmatch(r"每天 \d\d:\d\d 至 \d\d:\d\d", wording.fill("[[service_hours]]"))


def test_an_unknown_contact_stops_the_sentence() -> None:
    with pytest.raises(wording.UnknownContactError):
        wording.fill("请拨打[[secret_line]]")


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_names_only_contacts_that_exist(path) -> None:
    wording.fill(path.read_text(encoding="utf-8").replace("[[key]]", ""))


def test_the_only_numbers_are_public_lines() -> None:
    contacts = wording.contacts()
    assert {key: contacts[key] for key in PUBLIC_LINES} == PUBLIC_LINES
    own = yaml.safe_load((ROOT / "data" / "lexicon" / "contacts.yml").read_text(encoding="utf-8"))["lender"]
    assert not any(re.search(r"\d", entry["text"]) for entry in own.values())


def test_every_error_and_command_has_its_sentence() -> None:
    assert set(wording.web()["errors"]) == set(STATUS)
    assert set(wording.web()["commands"]) == set(COMMANDS)
