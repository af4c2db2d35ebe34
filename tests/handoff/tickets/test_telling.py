"""What customers are told of their tickets, word for word."""
from dataclasses import replace
from datetime import datetime

from dengta.clock import SHANGHAI
from dengta.handoff.tickets.models import Told
from dengta.handoff.tickets.telling import extended, news, opened, progress

COMPLAINT = Told("TS264071936628", "complaint", "open", datetime(2026, 12, 7, 23, 59, 59, tzinfo=SHANGHAI))


def test_a_complaint_is_acknowledged_with_its_number_and_its_date() -> None:
    assert opened(COMPLAINT, "standard") == (
        "已为您登记投诉，编号 TS264071936628。我们最晚在 2026年12月7日 答复您。您可以随时问我进度。"
    )
    assert opened(COMPLAINT, "senior") == "登记好了。\n编号 TS264071936628。\n最晚 2026年12月7日 答复您。"


def test_a_call_back_is_promised_to_the_minute() -> None:
    callback = Told("HD264071936628", "callback", "open", datetime(2026, 11, 23, 11, 0, tzinfo=SHANGHAI))
    assert "我们会在 2026年11月23日 11:00 前联系您。" in opened(callback, "standard")


def test_who_was_threatened_or_cheated_is_told_what_to_do_at_once() -> None:
    assert opened(replace(COMPLAINT, kind="abuse"), "senior").endswith("有人上门威胁，马上打110。")
    assert "96110" in opened(replace(COMPLAINT, kind="fraud"), "standard")


def test_a_ticket_without_a_date_to_tell_promises_none() -> None:
    report = Told("JB264071936628", "illegality", "accepted", None)
    assert progress(report, "standard") == "违法行为举报（编号 JB264071936628）：已受理。有进展我们会告诉您。"


def test_the_customer_hears_of_every_step() -> None:
    answered = replace(COMPLAINT, state="answered", due_at=None)
    assert news(answered, "standard").startswith("您的投诉（编号 TS264071936628）已有答复。")
    assert progress(answered, "senior") == "投诉，编号 TS264071936628。\n已答复。"
    assert extended(COMPLAINT, "senior").endswith("还要多等几天，对不起。\n最晚 2026年12月7日 答复您。")
