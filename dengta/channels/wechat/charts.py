"""Pictures of figures: `{"type": "chart", "title", "unit", "points": [{"label", "value"}]}` as horizontal bars.

No Chinese font can be relied on, so a picture shows digits and Latin letters only; title, unit and Chinese labels stand
in the words that always go with it.
"""
import io
import logging
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Mapping, Optional

from PIL import Image, ImageDraw, ImageFont

from dengta.channels.wechat.sentences import sentences

log = logging.getLogger(__name__)

MOST_POINTS = 36
_VALUE = re.compile(r"(\d{1,3}(,\d{3}){1,3}|\d{1,12})(\.\d{1,4})?")
_DRAWABLE = re.compile(r"[ -~]{1,12}")
_WIDTH, _MARGIN, _GAP, _ROW, _BAR, _FONT = 750, 36, 20, 60, 30, 28  # pixels
_PAPER, _INK, _SEA = "#fbfaf6", "#1c2b32", "#17545e"


@dataclass(frozen=True)
class Point:
    """One bar: `label` in words, `value` as it is printed, `mark` what the picture shows of the label."""

    label: str
    value: str
    mark: str

    @property
    def amount(self) -> Decimal:
        """The value as a number, never negative."""
        return Decimal(self.value.replace(",", ""))


@dataclass(frozen=True)
class Chart:
    """A well-formed chart of 1 to 36 points."""

    title: str
    unit: str
    points: tuple[Point, ...]


def read(custom: Optional[Mapping[str, Any]]) -> Optional[Chart]:
    """Return the chart in a message's custom data, None if there is none or it breaks the form.

    Values are strings such as "1,044.71", or whole numbers.
    """
    if not custom or custom.get("type") != "chart":
        return None
    title, unit, given = (custom.get(key) for key in ("title", "unit", "points"))
    if isinstance(title, str) and isinstance(unit, str) and isinstance(given, list):
        points = [point for number, each in enumerate(given, start=1) if (point := _point(number, each))]
        if 1 <= len(points) == len(given) <= MOST_POINTS:
            return Chart(title, unit, tuple(points))
    log.error("a chart is malformed and was left out")
    return None


def words(chart: Chart) -> str:
    """Return everything the picture shows as text."""
    wording = sentences()["chart"]
    lines = [
        wording["line"].format(
            label=point.label if point.mark == point.label else f"{point.mark} {point.label}", value=point.value
        )
        for point in chart.points
    ]
    return "\n".join([wording["heading"].format(title=chart.title, unit=chart.unit), *lines])


def draw(chart: Chart) -> bytes:
    """Return the picture as PNG, 750 pixels wide and 60 high for each point; it takes up to a tenth of a second."""
    font = ImageFont.load_default(_FONT)
    image = Image.new("RGB", (_WIDTH, 2 * _MARGIN + _ROW * len(chart.points)), _PAPER)
    canvas = ImageDraw.Draw(image)
    left = _MARGIN + _GAP + max(canvas.textlength(point.mark, font) for point in chart.points)
    right = _WIDTH - _MARGIN - _GAP - max(canvas.textlength(point.value, font) for point in chart.points)
    most = max(point.amount for point in chart.points)
    for row, point in enumerate(chart.points):
        middle = _MARGIN + _ROW * row + _ROW // 2
        end = left + (right - left) * float(point.amount / most if most else 0)
        canvas.text((_MARGIN, middle), point.mark, _INK, font, anchor="lm")
        canvas.rectangle((left, middle - _BAR // 2, max(end, left + 1), middle + _BAR // 2), _SEA)
        canvas.text((max(end, left + 1) + _GAP, middle), point.value, _INK, font, anchor="lm")
    png = io.BytesIO()
    image.save(png, "PNG")
    return png.getvalue()


def _point(number: int, point: Any) -> Optional[Point]:
    label, value = (point.get("label"), point.get("value")) if isinstance(point, Mapping) else (None, None)
    printed = str(value) if type(value) in (int, str) else ""
    if not isinstance(label, str) or not _VALUE.fullmatch(printed):
        return None
    return Point(label, printed, label if _DRAWABLE.fullmatch(label) else f"#{number}")
