"""Links in texts for WeChat, the only markup it shows: `<a href="https://…">words</a>`, and no other scheme.

Source: /doc/service/api/customer/message/api_sendcustommessage.
"""
import re

ANCHOR = re.compile(r"<a href=\"https://[^\s\"<>]+\">[^<>\n]+</a>")
MAX_ANCHOR = 1000  # bytes; a longer one could not share a message with anything else
_WRITTEN = re.compile(r"<a(?=[\s>])([^<>]*)>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"\bhref\s*=\s*([\"'])(https://[^\s\"'<>]+)\1", re.IGNORECASE)
_TAG = re.compile(r"</?a(?=[\s>])(?:[^<>]*>)?", re.IGNORECASE)  # an open one may swallow what follows


def tidy(text: str) -> str:
    """Keep links to https with nothing but their address; of all other link tags only the words stay."""
    tidied = _tidied(text)
    while tidied != text:  # what is left of a tag may make another one: <<a >a href=…>
        text, tidied = tidied, _tidied(tidied)
    return text


def _tidied(text: str) -> str:
    parts, end = [], 0
    for written in _WRITTEN.finditer(text):
        parts += [_TAG.sub("", text[end : written.start()]), _link(written[1], written[2])]
        end = written.end()
    return "".join([*parts, _TAG.sub("", text[end:])])


def _link(attributes: str, words: str) -> str:
    address, plain = _ADDRESS.search(attributes), _TAG.sub("", words)
    if address is None or not plain.strip():
        return plain
    link = f"<a href=\"{address[2]}\">{' '.join(plain.split())}</a>"
    return link if ANCHOR.fullmatch(link) and len(link.encode()) <= MAX_ANCHOR else plain
