"""Charts become pictures anybody can draw without a Chinese font, and words that say the same."""
import io
from typing import Any

import pytest
from PIL import Image

from dengta.channels.wechat.charts import Chart, draw, read, words

SEA = (0x17, 0x54, 0x5E)


def custom(*points: tuple[Any, Any], **changes: Any) -> dict[str, Any]:
    given = {"type": "chart", "title": "未来三期应还", "unit": "元"}
    return {**given, "points": [{"label": label, "value": value} for label, value in points], **changes}


def chart(*points: tuple[Any, Any]) -> Chart:
    found = read(custom(*points))
    assert found is not None
    return found


def picture(of: Chart) -> Image.Image:
    image = Image.open(io.BytesIO(draw(of)))
    assert image.format == "PNG"
    return image


def bars(of: Chart) -> list[int]:
    """The length of every bar in pixels."""
    image = picture(of).convert("RGB")
    rows = [36 + 60 * row + 30 for row in range(len(of.points))]
    return [sum(image.getpixel((x, y)) == SEA for x in range(image.width)) for y in rows]


def test_bars_are_as_long_as_their_values() -> None:
    half, whole, none = bars(chart(("2026-10-05", "500.00"), ("2026-11-05", "1,000.00"), ("2026-12-05", 0)))
    assert whole > 200
    assert half == pytest.approx(whole / 2, abs=2)
    assert none <= 2


def test_nothing_but_zeros_can_be_drawn() -> None:
    assert max(bars(chart(("10", 0), ("11", "0.00")))) <= 2


@pytest.mark.parametrize("count", [1, 36])
def test_the_widest_labels_and_values_leave_room_for_bars(count: int) -> None:
    widest = chart(*[("W" * 12, "999,999,999,999.9999")] * count)
    assert min(bars(widest)) > 20
    assert picture(widest).size == (750, 72 + 60 * count)


def test_the_words_say_everything_the_picture_shows() -> None:
    assert words(chart(("2026-10-05", "1,044.71"), ("2026-11-05", "998.00"))) == (
        "未来三期应还（元）\n2026-10-05：1,044.71\n2026-11-05：998.00"
    )


def test_chinese_labels_are_numbered_in_the_picture_and_explained_in_the_words() -> None:
    mixed = chart(("本金", "10,000.00"), ("利息", "123.45"), ("IRR", "13.58"))
    assert [point.mark for point in mixed.points] == ["#1", "#2", "IRR"]
    assert words(mixed) == "未来三期应还（元）\n#1 本金：10,000.00\n#2 利息：123.45\nIRR：13.58"


@pytest.mark.parametrize(
    "broken",
    [
        custom(),
        custom(*[("10", 1)] * 37),
        custom(("10", -1)),
        custom(("10", 1.5)),
        custom(("10", True)),
        custom(("10", "1,0")),
        custom(("10", "NaN")),
        custom(("10", "一千")),
        custom(("10", "1" * 13)),
        custom((10, 1)),
        custom(("10", None)),
        custom(("10", 1), title=None),
        custom(("10", 1), unit=3),
        custom(points="10"),
        custom(points=["10"]),
        custom(points=None),
    ],
)
def test_a_malformed_chart_is_left_out_and_reported(broken: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert read(broken) is None
    assert [record.getMessage() for record in caplog.records] == ["a chart is malformed and was left out"]


@pytest.mark.parametrize("other", [None, {}, {"type": "tone", "tone": "senior"}])
def test_other_custom_data_is_no_chart(other: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert (read(other), caplog.records) == (None, [])
