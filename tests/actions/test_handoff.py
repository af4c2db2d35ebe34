"""Asking for a person: the channel is told why, and in which tone; what happens next is told when it has happened."""
import pytest

from actions.handoff import ActionRequestHuman
from tests.actions.stage import entity, run, tracker


@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_the_channel_is_told_that_a_person_is_wanted(talk: str, tone: str) -> None:
    _, said = await run(ActionRequestHuman(), tracker(talk, intent="request_human", slots={"tone": tone}))
    assert said.custom == ({"type": "handoff", "reason": "request_human", "tone": tone},)
    assert said.text == "", "nothing is promised before it is certain"


async def test_a_wish_for_erasure_goes_to_a_person_as_what_it_is(talk: str) -> None:
    at = tracker(talk, text="删除资料申请", intent="request_human", entities=[entity("choice", "erase")])
    _, said = await run(ActionRequestHuman(), at)
    assert said.custom[0]["reason"] == "faq/privacy"
