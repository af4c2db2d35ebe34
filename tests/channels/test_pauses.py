"""Bubbles that lead up to something wait for it."""
import pytest

from dengta.channels.pauses import LEAD_IN, Pauses


@pytest.mark.parametrize("text", ["你好", "你好！", "在吗？", "那个……", "我想问一下啊", "Hi", "请问一下，"])
def test_a_lead_in_waits_longer(text: str) -> None:
    assert Pauses(0.5).after(text) == 0.5 * LEAD_IN


@pytest.mark.parametrize("text", ["这个月还多少", "你好，这个月还多少", "1", "转人工", "嗯", "👍", "还有券吗"])
def test_everything_else_is_answered_soon(text: str) -> None:
    assert Pauses(0.5).after(text) == 0.5


def test_without_pauses_there_is_none() -> None:
    assert Pauses(0.0).after("你好") == 0.0
