"""Reading the log of a kf account: every kind of entry, and whatever else might stand there."""
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.channels.wechat import messages
from dengta.channels.wechat.kf import entries
from dengta.channels.wechat.kf.api import Customer
from dengta.channels.wechat.kf.entries import AgentSaid, Change, Entered, Recalled, SendFailed, SessionChanged
from dengta.clock import SHANGHAI

CORPID, WK, LI = "wwcorp", "wkAccount", "wmLi"
SENT_AT = 1795312800


def entry(origin: int, kind: str, part: Any, **more: Any) -> dict[str, Any]:
    ids = {"msgid": "m-1", "open_kfid": WK, "external_userid": LI, "send_time": SENT_AT}
    return {**ids, "origin": origin, "msgtype": kind, kind: part, **more}


def event(kind: str, **more: Any) -> dict[str, Any]:
    told = {"event_type": kind, "open_kfid": WK, "external_userid": LI, **more}
    return {"msgid": "m-2", "send_time": SENT_AT, "origin": 4, "msgtype": "event", "event": told}


def read(raw: dict[str, Any]) -> Any:
    return entries.read(raw, CORPID, WK)


def test_a_text_is_a_message_of_the_customer() -> None:
    text = read(entry(3, "text", {"content": "在吗", "menu_id": "101"}))
    assert isinstance(text, messages.Text)
    assert (text.content, text.menu_id, text.msg_id) == ("在吗", "101", "m-1")
    assert (text.appid, text.account, text.sender) == (CORPID, WK, LI)
    assert text.sent_at == datetime.fromtimestamp(SENT_AT, SHANGHAI)


@pytest.mark.parametrize(("kind", "part", "expected"), [
    ("image", {"media_id": "i"}, messages.Image),
    ("voice", {"media_id": "v"}, messages.Voice),
    ("video", {"media_id": "v"}, messages.Video),
    ("location", {"latitude": 31.2, "longitude": 121.4, "name": "n", "address": "a"}, messages.Location),
    ("link", {"title": "t", "desc": "d", "url": "https://example.com", "pic_url": "p"}, messages.Link),
    ("miniprogram", {"title": "t", "appid": "wx", "pagepath": "p", "thumb_media_id": "m"}, messages.MiniProgramPage),
    ("file", {"media_id": "f"}, messages.UnknownMessage),
    ("business_card", {"userid": "u"}, messages.UnknownMessage),
    ("hologram", {}, messages.UnknownMessage),
])  # fmt: skip
def test_other_messages_have_their_kind(kind: str, part: dict[str, Any], expected: type) -> None:
    found = read(entry(3, kind, part))
    assert type(found) is expected
    assert getattr(found, "media_id", "") == part.get("media_id", "") or expected is messages.UnknownMessage


def test_what_an_agent_wrote_is_told_apart() -> None:
    said = read(entry(5, "text", {"content": "我来帮您"}, servicer_userid="servicer1"))
    assert isinstance(said, AgentSaid)
    assert (said.sender, said.servicer, said.text) == (LI, "servicer1", "我来帮您")
    assert read(entry(5, "image", {"media_id": "i"}, servicer_userid="servicer1")).text == ""


def test_events_are_read() -> None:
    assert read(event("enter_session", scene="s", welcome_code="w")).welcome_code == "w"
    assert isinstance(read(event("enter_session", scene="s")), Entered)
    failed = read(event("msg_send_fail", fail_msgid="m-9", fail_type=10))
    assert isinstance(failed, SendFailed) and (failed.msgid, failed.reason) == ("m-9", 10)
    changed = read(event("session_status_change", change_type=1, new_servicer_userid="servicer1"))
    assert isinstance(changed, SessionChanged)
    assert (changed.change, changed.servicer) == (Change.TAKEN, "servicer1")


@pytest.mark.parametrize("kind", ["user_recall_msg", "servicer_recall_msg"])
def test_a_recall_leads_to_the_message(kind: str) -> None:
    recalled = read(event(kind, recall_msgid="m-1"))
    assert isinstance(recalled, Recalled)
    assert recalled.recalled_key == read(entry(3, "text", {"content": "在吗"})).dedupe_key


@pytest.mark.parametrize("raw", [
    event("reject_customer_msg_switch_change", reject_switch=1),
    event("session_status_change", change_type=9),
    event("session_status_change"),
    event(""),
])  # fmt: skip
def test_events_nobody_knows_are_kept_by_name(raw: dict[str, Any]) -> None:
    assert isinstance(read(raw), messages.UnknownEvent)


def test_what_is_about_no_customer_is_nothing() -> None:
    pause = {"event_type": "servicer_status_change", "servicer_userid": "servicer1", "status": 2, "open_kfid": WK}
    assert read({"msgid": "m", "send_time": SENT_AT, "origin": 4, "msgtype": "event", "event": pause}) is None


def test_the_key_tells_messages_and_accounts_apart() -> None:
    first, again = (read(entry(3, "text", {"content": text})) for text in ("一", "二"))
    assert first.dedupe_key == again.dedupe_key, "the msgid alone counts"
    other = read(entry(3, "text", {"content": "一"}, msgid="m-2"))
    elsewhere = entries.read(entry(3, "text", {"content": "一"}), CORPID, "wkOther")
    assert len({first.dedupe_key, other.dedupe_key, getattr(elsewhere, "dedupe_key", "")}) == 3
    assert len(first.dedupe_key) == 64 and first.dedupe_key.isalnum()


def test_an_event_without_msgid_has_a_key_too() -> None:
    first, second = event("enter_session"), event("enter_session", scene="s")
    del first["msgid"], second["msgid"]
    assert read(first).dedupe_key == read(dict(first)).dedupe_key != read(second).dedupe_key


@given(
    st.dictionaries(
        st.sampled_from(["msgid", "external_userid", "send_time", "origin", "msgtype", "text", "event"]),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
        | st.sampled_from([3, 4, 5, "text", "event"])
        | st.dictionaries(st.sampled_from(["content", "event_type", "external_userid"]), st.text() | st.integers()),
    )
)
def test_whatever_stands_there_is_read_or_left(raw: dict[str, Any]) -> None:
    found = read(raw)
    assert found is None or found.sender


def test_an_address_names_account_and_customer_and_no_log_shows_the_customer() -> None:
    customer = Customer(WK, LI)
    assert Customer.at(customer.address) == customer
    assert LI not in repr(customer)
