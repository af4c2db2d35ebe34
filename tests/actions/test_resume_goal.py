"""After verification the first question is answered, and without verification nothing is."""
from actions.account.goal import ActionResumeGoal
from tests.actions.conftest import Verified
from tests.actions.stage import run, slot_values, tracker


async def test_after_verification_the_first_question_is_answered(verified: Verified) -> None:
    persona = await verified("two_notes")
    goal = {
        "action": "action_query_bill",
        "message": {"text": "第二笔还多少", "intent": {"name": "query_bill"}, "entities": []},
    }
    slots = {"goal": goal, "phone": "given", "one_time_code": "given"}
    events, said = await run(ActionResumeGoal(), tracker(persona.talk, text="123456", slots=slots))
    assert said.responses == ("utter_bill_one",) and "灯塔随心借" in said.text
    left = slot_values(events)
    assert (left["goal"], left["phone"], left["one_time_code"]) == (None, None, None)


async def test_after_verification_without_a_question_nothing_is_made_up(verified: Verified) -> None:
    persona = await verified("current")
    events, said = await run(ActionResumeGoal(), tracker(persona.talk))
    assert said.responses == ()
    assert slot_values(events)["goal"] is None


async def test_leaving_the_form_unverified_answers_nothing_about_records(talk: str) -> None:
    goal = {"action": "action_query_bill", "message": {"text": "还多少", "intent": {"name": "query_bill"}}}
    _, said = await run(ActionResumeGoal(), tracker(talk, slots={"goal": goal}))
    assert said.responses == ("utter_identity_needed",)
    assert "元" not in said.text
