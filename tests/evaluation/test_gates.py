"""A figure worse than its record is named; one as good is not."""
from dengta.evaluation.gates import behind

MEASURED = {"top1": 0.85, "misled": 0.05, "strata": {"dialect": {"top1": 0.9}}}


def test_as_good_as_recorded_is_good_enough() -> None:
    assert not list(behind(MEASURED, {"top1": 0.85, "misled": 0.05, "strata": {"dialect": {"top1": 0.9}}}))


def test_what_fell_behind_is_named_with_both_figures() -> None:
    lines = list(behind(MEASURED, {"top1": 0.86, "misled": 0.04, "strata": {"dialect": {"top1": 0.91}}}, "held_out/"))
    assert lines == [
        "held_out/top1: 0.850, 0.860 is recorded",
        "held_out/misled: 0.050, 0.040 is recorded",
        "held_out/strata/dialect/top1: 0.900, 0.910 is recorded",
    ]


def test_a_recorded_figure_that_is_not_measured_any_more_is_behind() -> None:
    assert list(behind({}, {"f1": 0.96, "strata": {"typos": {"top1": 0.9}}})) == [
        "f1: not measured, 0.960 is recorded",
        "strata/typos/top1: not measured, 0.900 is recorded",
    ]
