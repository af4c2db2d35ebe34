"""Every setting is explained, and a value that cannot be used is answered with one sentence naming it."""

from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Optional

import pytest
from dotenv import dotenv_values

from dengta.settings import ROOT, SettingsError, read, read_file

SECRET = "x" * 32
REAL = {
    "DENGTA_DEMO": "false",
    "DENGTA_SECRET": SECRET,
    "DENGTA_MASTER_KEY_FILE": "/etc/dengta/master.key",
    "DENGTA_SMS_URL": "https://sms.example/send",
}


class Recorder(dict[str, Optional[str]]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, Optional[str]]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, default: Optional[str] = None) -> Optional[str]:
        self.asked.add(name)
        return super().get(name, default)


def test_the_example_lists_every_setting_and_states_the_defaults():
    example = Recorder(dotenv_values(ROOT / ".env.example"))
    assert read(example) == read({})
    assert example.asked == set(example)


def test_an_empty_environment_is_a_working_demo():
    settings = read({})
    assert settings.demo
    assert settings.secret is None
    assert (settings.service_opens, settings.service_closes) == (time(9), time(21))


def test_a_real_installation_needs_a_secret_a_master_key_and_a_way_to_send_codes():
    settings = read(REAL)
    assert settings.secret == SECRET
    assert settings.master_key_file == Path("/etc/dengta/master.key")


@pytest.mark.parametrize(
    "values, name",
    [
        ({"DENGTA_PORT": "eighty"}, "DENGTA_PORT"),
        ({"DENGTA_PORT": "0"}, "DENGTA_PORT"),
        ({"DENGTA_PORT": "²"}, "DENGTA_PORT"),
        ({"DENGTA_PORT": "5055"}, "DENGTA_ACTIONS_PORT"),
        ({"DENGTA_ACTIONS_PORT": "99999"}, "DENGTA_ACTIONS_PORT"),
        ({"DENGTA_RELAY_PORT": "5005"}, "DENGTA_RELAY_PORT"),
        ({"DENGTA_DESK_PORT": "5055"}, "DENGTA_DESK_PORT"),
        ({"DENGTA_DEMO": "maybe"}, "DENGTA_DEMO"),
        ({"DENGTA_SECRET": "short"}, "DENGTA_SECRET"),
        ({"DENGTA_DEMO": "false"}, "DENGTA_SECRET"),
        ({**REAL, "DENGTA_MASTER_KEY_FILE": ""}, "DENGTA_MASTER_KEY_FILE"),
        ({**REAL, "DENGTA_SMS_URL": ""}, "DENGTA_SMS_URL"),
        ({"DENGTA_DEMO_NOW": "tomorrow"}, "DENGTA_DEMO_NOW"),
        ({**REAL, "DENGTA_DEMO_NOW": "2026-11-22T10:00:00"}, "DENGTA_DEMO_NOW"),
        ({"DENGTA_DATABASE_URL": "mysql://x/y"}, "DENGTA_DATABASE_URL"),
        ({"DENGTA_BOOK_URL": "sqlite:///:memory:"}, "DENGTA_BOOK_URL"),
        ({"DENGTA_BACKEND_TIMEOUT": "0"}, "DENGTA_BACKEND_TIMEOUT"),
        ({"DENGTA_BACKEND_TIMEOUT": "nan"}, "DENGTA_BACKEND_TIMEOUT"),
        ({"DENGTA_SERVICE_HOURS": "9-21"}, "DENGTA_SERVICE_HOURS"),
        ({"DENGTA_SERVICE_HOURS": "21:00-09:00"}, "DENGTA_SERVICE_HOURS"),
        ({"DENGTA_CALLBACK_HOURS": "-1"}, "DENGTA_CALLBACK_HOURS"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(values, name):
    with pytest.raises(SettingsError, match=name) as caught:
        read(values)
    assert "\n" not in str(caught.value)


def test_no_env_file_means_defaults(tmp_path):
    assert read_file(tmp_path / ".env") == {}


@pytest.mark.parametrize(
    "content, says",
    [("DENGTA_PORT=6000\n= nonsense 'x\n", "line 2"), ("DENGTA_PROT=6000\n", "DENGTA_PROT")],
)
def test_an_env_file_with_a_slip_is_refused(tmp_path, content, says):
    file = tmp_path / ".env"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        read_file(file)


def test_an_env_file_may_hold_settings_of_others(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# mine\nDENGTA_PORT=6000\nHTTP_PROXY=http://proxy.example\n", encoding="utf-8")
    assert read_file(file)["DENGTA_PORT"] == "6000"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (None, "http://127.0.0.1:5005"),
        ("0.0.0.0", "http://127.0.0.1:5005"),
        ("::", "http://[::1]:5005"),
        ("10.0.0.7", "http://10.0.0.7:5005"),
    ],
)
def test_the_assistant_is_reached_where_it_listens(host, url):
    assert read({"DENGTA_HOST": host}).assistant_url == url
