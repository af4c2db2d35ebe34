"""The menu under the chat, as `/cgi-bin/menu/create` takes it.

Source: /doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html.
"""
from typing import Any, Mapping

from dengta.demo.wechat.errors import Refused

MAX_BUTTONS, MAX_SUB_BUTTONS = 3, 5
MAX_NAME, MAX_SUB_NAME, MAX_KEY = 16, 60, 128
TYPES = {"click": "key", "view": "url"}

Button = dict[str, Any]


def checked(body: Mapping[str, Any]) -> list[Button]:
    """Return the buttons of a menu that keeps the rules.

    Raises:
        Refused: 40015 to 40023 the type, count, name, key of a button.
    """
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MAX_BUTTONS:
        raise Refused(40016)
    return [_button(button) for button in buttons]


def _button(button: Any) -> Button:
    name = _name(button, MAX_NAME, 40018)
    below = button.get("sub_button")
    if not below:
        return {"name": name, **_deed(button)}
    if not isinstance(below, list) or len(below) > MAX_SUB_BUTTONS:
        raise Refused(40023)
    return {"name": name, "sub_button": [{"name": _name(one, MAX_SUB_NAME, 40025), **_deed(one)} for one in below]}


def _name(button: Any, longest: int, errcode: int) -> str:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= longest:
        raise Refused(errcode)
    return name


def _deed(button: Mapping[str, Any]) -> Button:
    kind = button.get("type")
    if kind not in TYPES:
        raise Refused(40015)
    value = button.get(TYPES[kind])
    if not isinstance(value, str) or not value or (kind == "click" and len(value.encode()) > MAX_KEY):
        raise Refused(40019 if kind == "click" else 40020)
    return {"type": kind, TYPES[kind]: value}
