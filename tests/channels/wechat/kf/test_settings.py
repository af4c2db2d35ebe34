"""The settings of a corporation: complete and well-formed, or one sentence that names the faulty one."""
from typing import Optional

import pytest

from dengta import wecom
from dengta.settings import SettingsError, read

GIVEN = {
    "DENGTA_WECOM_CORPID": "wwdengtademo000001",
    "DENGTA_WECOM_SECRET": "secret-of-the-app",
    "DENGTA_WECOM_TOKEN": "dengtaToken",
    "DENGTA_WECOM_AES_KEY": "DengtaDemoKfEncodingAESKeyCurrent0000000001",
}
PREVIOUS = "DengtaDemoKfEncodingAESKeyPrevious000000001"


def test_without_a_corpid_the_channel_is_off() -> None:
    assert wecom.read({}, demo=False) is None
    assert read({}).wecom is None


def test_a_corporation_needs_four_values() -> None:
    corporation = wecom.read(GIVEN, demo=False)
    assert corporation is not None
    assert (corporation.corpid, corporation.handoff, corporation.servicer) == ("wwdengtademo000001", "desk", None)
    assert corporation.api == "https://qyapi.weixin.qq.com"
    assert corporation.aes_keys == (GIVEN["DENGTA_WECOM_AES_KEY"],)
    assert not any(secret in repr(corporation) for secret in (*list(GIVEN.values())[1:],))


def test_everything_else_may_be_set() -> None:
    more = {
        "DENGTA_WECOM_PREVIOUS_AES_KEY": PREVIOUS,
        "DENGTA_WECOM_HANDOFF": "wecom",
        "DENGTA_WECOM_SERVICER": "servicer1",
        "DENGTA_WECOM_API": "http://127.0.0.1:5006",
    }
    corporation = wecom.read({**GIVEN, **more}, demo=True)
    assert corporation is not None
    assert corporation.aes_keys[1] == PREVIOUS
    assert (corporation.handoff, corporation.servicer) == ("wecom", "servicer1")
    assert corporation.api == "http://127.0.0.1:5006"


@pytest.mark.parametrize(("name", "value"), [
    ("CORPID", "a corpid"), ("SECRET", None), ("TOKEN", "!?"), ("TOKEN", None), ("AES_KEY", None), ("AES_KEY", "short"),
    ("PREVIOUS_AES_KEY", "short"), ("HANDOFF", "nobody"), ("SERVICER", "s" * 65), ("API", "http://example.com"),
    ("API", "https://qyapi.weixin.qq.com/"), ("API", "http://127.0.0.1:5006"),
])  # fmt: skip
def test_a_faulty_value_is_named_and_not_shown(name: str, value: Optional[str]) -> None:
    values: dict[str, Optional[str]] = {**GIVEN, f"DENGTA_WECOM_{name}": value}
    with pytest.raises(ValueError, match=f"^DENGTA_WECOM_{name} must be") as refused:
        wecom.read(values, demo=False)
    assert value is None or name == "API" or value not in str(refused.value)


def test_the_start_stops_with_that_sentence() -> None:
    with pytest.raises(SettingsError, match="^DENGTA_WECOM_TOKEN must be"):
        read({**GIVEN, "DENGTA_WECOM_TOKEN": ""})
