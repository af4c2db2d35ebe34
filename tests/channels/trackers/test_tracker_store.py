"""Rasa's memory: what was saved is read back, and in between nobody can read it."""
import asyncio
import itertools
import json
from datetime import datetime, timezone

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from rasa.shared.core import events as rasa_events
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from dengta.channels.tracker_store import SealedTrackerStore
from dengta.conversation.sealed import outbox_place
from dengta.conversation.tables import event_outbox
from dengta.stores import Stores
from tests.channels.trackers.conftest import DOMAIN, PHONE, begun, go_on, rows, store_on, told

EXAMPLES = [
    rasa_events.UserUttered(
        "账单还多少",
        intent={"name": "query_bill", "confidence": 0.9},
        entities=[{"entity": "period", "value": 3, "start": 0, "end": 2}],
        input_channel="web",
        message_id="talk:1",
        metadata={"attempt": 1},
    ),
    rasa_events.SlotSet("anything", {"笔": [1, 2.5, None, True]}),
    rasa_events.ReminderScheduled("later", datetime(2026, 11, 22, 10, tzinfo=timezone.utc), name="r"),
    rasa_events.ReminderCancelled(name="r", intent="later"),
    rasa_events.StoryExported(),
    rasa_events.FollowupAction("action_bill"),
    rasa_events.ActionExecuted("action_bill", "RulePolicy", 1.0, hide_rule_turn=True, metadata={"a": 1}),
    rasa_events.ActiveLoop("settlement_form"),
    rasa_events.Restarted(),
    rasa_events.UserUtteranceReverted(),
    rasa_events.AllSlotsReset(),
    rasa_events.ActionReverted(),
    rasa_events.ConversationPaused(),
    rasa_events.ConversationResumed(),
    rasa_events.SessionStarted(),
    rasa_events.DefinePrevUserUtteredFeaturization(False),
    rasa_events.EntitiesAdded([{"entity": "period", "value": "3"}]),
    rasa_events.BotUttered("应还 100.00 元", {"buttons": [{"title": "好", "payload": "/affirm"}]}, {"a": 1}),
    rasa_events.AgentUttered("您好，我是客服", {"id": 1}),
    rasa_events.LoopInterrupted(True),
    rasa_events.ActionExecutionRejected("action_bill", "RulePolicy", 0.5),
    rasa_events.LegacyFormValidation(False),
    rasa_events.LegacyForm("old_form"),
]

_numbers = itertools.count()
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
_events = st.one_of(
    st.builds(SlotSet, st.sampled_from(["phone", "anything", "unknown"]), _json),
    st.builds(BotUttered, st.text(), st.dictionaries(st.sampled_from(["custom", "buttons"]), _json)),
    st.builds(ActionExecuted, st.text(min_size=1), st.none() | st.text(), st.floats(0, 1)),
    st.sampled_from([event for event in EXAMPLES if not isinstance(event, SessionStarted)]),
)


def test_the_examples_are_of_every_kind_rasa_has() -> None:
    kinds = {kind for kind in all_subclasses(Event) if kind.__module__ == Event.__module__ and kind.type_name}
    assert {type(event) for event in EXAMPLES} == kinds


async def test_events_of_every_kind_are_read_back_as_rasa_itself_would(store: SealedTrackerStore) -> None:
    tracker = await begun(store, *(event for event in EXAMPLES if not isinstance(event, SessionStarted)))
    found = await store.retrieve("talk")

    assert found is not None
    expected = [Event.from_parameters(json.loads(json.dumps(event))) for event in told(tracker.events)]
    assert list(map(type, found.events)) == list(map(type, expected))
    assert told(found.events) == told(expected)
    assert found.current_state() == tracker.current_state()


@profile(max_examples=30)
@given(batches=st.lists(st.lists(_events, max_size=6), max_size=4))
def test_whatever_is_saved_in_whatever_steps_is_read_back(stores: Stores, batches: list[list[Event]]) -> None:
    async def play(store: SealedTrackerStore) -> None:
        sender_id = f"talk{next(_numbers)}"
        expected = DialogueStateTracker(sender_id, DOMAIN.slots)
        for batch in [[SessionStarted()], *batches]:
            tracker = await store.retrieve(sender_id) or DialogueStateTracker(sender_id, DOMAIN.slots)
            for event in batch:
                expected.update(event)
            await go_on(store, tracker, *batch)
        found = await store.retrieve(sender_id)
        assert found is not None
        assert [e for e in told(found.events) if e["event"] != "user"] == [
            e for e in told(expected.events) if e["event"] != "user"
        ]
        assert found.current_slot_values() == expected.current_slot_values()
        assert found.active_loop_name == expected.active_loop_name

    with store_on(stores) as store:
        asyncio.run(play(store))


async def test_nothing_a_customer_said_can_be_read_in_the_database(
    publishing: SealedTrackerStore, clean: Stores
) -> None:
    await begun(
        publishing,
        UserUttered(f"我叫张伟，电话{PHONE}，查账单", {"name": "query_bill"}, [{"entity": "phone", "value": PHONE}]),
        SlotSet("phone", PHONE),
        BotUttered("张伟先生，应还 100.00 元"),
    )
    stored = str([tuple(row) for row in [*rows(clean), *rows(clean, event_outbox)]])

    assert len(rows(clean)) == len(rows(clean, event_outbox)) == 4
    for said in (PHONE, "张伟", "账单", "query_bill", "100.00", "\\u"):
        assert said not in stored


async def test_what_the_customer_typed_is_masked_and_slots_are_whole(store: SealedTrackerStore) -> None:
    entities = [{"entity": "phone", "value": PHONE, "start": 2, "end": 13}]
    ranking = [{"name": f"intent{i}", "confidence": 0.1} for i in range(80)]
    words = f"电话{PHONE}，我叫王小明"
    said = {"text": words, "intent": {"name": "x"}, "entities": entities, "intent_ranking": ranking}
    await begun(store, UserUttered(words, parse_data=said), SlotSet("phone", PHONE))
    found = await store.retrieve("talk")

    assert found is not None
    assert found.get_slot("phone") == PHONE
    heard = found.latest_message
    assert heard.text == heard.parse_data["text"] == "电话199****0008，我叫王**"
    assert PHONE not in str(heard.parse_data)
    assert len(heard.parse_data["intent_ranking"]) == 3
    assert heard.intent == {"name": "x"}


async def test_only_the_present_session_is_kept(store: SealedTrackerStore, clean: Stores) -> None:
    tracker = await begun(store, UserUttered("你好"), SlotSet("phone", PHONE))
    await go_on(store, tracker, ActionExecuted("action_session_start"), SessionStarted(), SlotSet("anything", 1))
    found = await store.retrieve("talk")

    assert found is not None
    assert [type(event) for event in found.events] == [SessionStarted, SlotSet]
    assert [row.seq for row in rows(clean)] == [5, 6]
    await go_on(store, found, UserUttered("再见"))
    await go_on(store, tracker := await store.retrieve("talk"), SlotSet("anything", 2))
    assert [row.seq for row in rows(clean)] == [5, 6, 7, 8]
    assert tracker.get_slot("anything") == 2


async def test_nobody_has_a_memory_before_the_first_word(store: SealedTrackerStore) -> None:
    assert await store.retrieve("talk") is None
    tracker = await store.get_or_create_tracker("talk")
    assert await store.keys() == ["talk"]
    assert told((await store.retrieve("talk")).events) == told(tracker.events)


async def test_events_go_to_a_broker_only_if_there_is_one(store: SealedTrackerStore, clean: Stores) -> None:
    await begun(store, UserUttered("你好"))
    assert rows(clean, event_outbox) == []


async def test_events_for_the_broker_are_masked_wherever_something_personal_stands(
    publishing: SealedTrackerStore, clean: Stores
) -> None:
    await begun(
        publishing,
        UserUttered(f"电话{PHONE}"),
        SlotSet("phone", PHONE),
        BotUttered(f"已发送到{PHONE}", {"custom": {"phone": [PHONE]}}),
    )
    opened = [
        json.loads(clean.vault.open(outbox_place("talk"), row.data)) for row in rows(clean, event_outbox)
    ]

    assert [each["event"] for each in opened] == ["session_started", "user", "slot", "bot"]
    assert {each["sender_id"] for each in opened} == {"talk"}
    assert PHONE not in str(opened)
    assert str(opened).count("199****0008") >= 4
