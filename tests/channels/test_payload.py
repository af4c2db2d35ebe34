"""A click means exactly what the button's author wrote."""
from typing import Any

import pytest

from dengta.channels.payload import PayloadError, parse_data


def test_an_intent_with_entities() -> None:
    parsed = parse_data('/query_bill{"order_no": "JJ0001", "period": 2}', "第二笔")

    assert parsed["text"] == "第二笔"
    assert parsed["intent"] == {"name": "query_bill", "confidence": 1.0}
    assert [(e["entity"], e["value"]) for e in parsed["entities"]] == [("order_no", "JJ0001"), ("period", 2)]
    assert parsed["understanding"] == {"decision": "answer", "readings": [{"id": "query_bill", "confidence": 1.0}]}
    assert "response_selector" not in parsed


def test_a_faq_answer_is_selected_for_rasas_retrieval_action() -> None:
    parsed = parse_data("/faq/how_to_open", "怎么开通")

    assert parsed["intent"]["name"] == "faq"
    assert parsed["understanding"]["readings"][0]["id"] == "faq/how_to_open"
    chosen = parsed["response_selector"]["faq"]["response"]
    assert (chosen["intent_response_key"], chosen["utter_action"]) == ("faq/how_to_open", "utter_faq/how_to_open")


def test_a_payload_without_slash_is_read_like_typed_text() -> None:
    assert parse_data("我想提前还款", "提前还款") is None


@pytest.mark.parametrize("payload", ["/", "/{}", "/a b", '/affirm{"x": 1', '/affirm{"x": }', "/faq/a/b", "/affirm{}{}"])
def test_a_broken_payload_is_an_error_and_not_a_guess(payload: Any) -> None:
    with pytest.raises(PayloadError):
        parse_data(payload, "按钮")
