"""Is this number really ours? Anything that is on no list is not."""
import re

import pytest

import dengta.contacts
from actions.safety import ActionVerifyOfficialContact
from dengta.contacts import Official, official_number
from tests.actions.stage import Said, run, tracker


async def ask(text: str, tone: str = "standard") -> Said:
    return (await run(ActionVerifyOfficialContact(), tracker(text=text, slots={"tone": tone})))[1]


@pytest.mark.parametrize("number", ["96110", "12378", "12363"])
async def test_public_lines_are_recognised_and_not_called_ours(number: str) -> None:
    said = await ask(f"{number}打给我，是你们吗")
    assert said.responses == ("utter_contact_public_line",)
    assert f"{number} 不是我们的号码" in said.text


@pytest.mark.parametrize("text", ["９６１１０是真的吗", "96 110是真的吗", "96-110 是真的吗"])
async def test_a_number_is_recognised_as_people_write_it(text: str) -> None:
    assert (await ask(text)).responses == ("utter_contact_public_line",)


@pytest.mark.parametrize("text", ["199-0000-1234 是你们的客服吗", "短信让我打19900001234", "加QQ 123456789 是不是你们"])
@pytest.mark.parametrize("tone", ["standard", "senior"])
async def test_an_unknown_number_is_not_ours_and_warns(text: str, tone: str) -> None:
    said = await ask(text, tone)
    assert said.responses == ("utter_contact_not_ours",)
    assert re.search(r"\d{9,11} 不", said.text) and "110" in said.text and "不要转" in said.text
    assert "/report_fraud" in [button["payload"] for button in said.buttons]


async def test_of_several_numbers_the_unknown_one_counts() -> None:
    said = await ask("自称96110的人让我打 19900001234，真的吗")
    assert said.responses == ("utter_contact_not_ours",)
    assert "19900001234 不在" in said.text


@pytest.mark.parametrize("text", ["这个链接是你们的吗 http://example.com", "是不是你们的人", ""])
async def test_without_a_number_it_says_how_to_check(text: str) -> None:
    assert (await ask(text)).responses == ("utter_contact_how_to_check",)


async def test_the_lenders_own_number_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {"19900008888": Official("机构自己的客服热线", public=False)}
    monkeypatch.setattr(dengta.contacts, "_numbers", lambda: ours)
    said = await ask("199 0000 8888 是你们吗")
    assert said.responses == ("utter_contact_official",)
    assert "机构自己的客服热线" in said.text and "不要透露密码和验证码" in said.text


def test_placeholders_of_the_demo_are_no_numbers() -> None:
    assert official_number("") is None
    assert official_number("110") == Official("报警电话，被骗转账后马上拨打", public=True)
