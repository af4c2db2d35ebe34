"""Every errcode means one thing to do."""
import pytest

from dengta.channels.wechat import errors


@pytest.mark.parametrize(
    ("meaning", "codes"),
    [
        (errors.WindowClosed, [45015, 95002]),
        (errors.QuotaUsedUp, [45047, 95001]),
        (errors.Gone, [40003, 43004, 50005]),
        (errors.TooLong, [45002]),
        (errors.MediaGone, [40007]),
        (errors.NoAgent, [61451, 65400, 65415]),
        (errors.WrongState, [95013, 95014, 95018]),
        (errors.Misconfigured, [40001, 40013, 40014, 40125, 40164, 41001, 42001, 48001, 60020, 95000, 95017]),
        (errors.Busy, [-1, 45009, 45011, 45033]),
        (errors.Refused, [43101, 48002, 65399, 65416, 12345]),
    ],
)
def test_every_errcode_means_one_thing_to_do(meaning: type, codes: list[int]) -> None:
    assert [errors.failure(code) for code in codes] == [meaning(code) for code in codes]
