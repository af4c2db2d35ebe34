"""Pieces: what one WeChat message is to say, kept sealed and in order until WeChat has taken it.

Work on a session the caller commits, while the conversation's row is locked; `outbox.py` says what each transaction
promises.
"""
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Optional, Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement, Select

from dengta.channels.wechat.rendering import compose, fit, rating_menu
from dengta.channels.wechat.splitting import LIMIT, size
from dengta.channels.wechat.tables import wechat_delivery, wechat_out
from dengta.conversation.messages import Body
from dengta.privacy.vault import Vault

WAITING, PASSIVE, SENDING, SENT = "waiting", "passive", "sending", "sent"
TEXT, MENU, IMAGE, TRANSFER, CLICKS = "text", "menu", "image", "transfer", "clicks"
_BETWEEN = "\n\n"


@dataclass(frozen=True)
class Piece:
    """A piece somebody is bringing to the customer, as `lease` proves.

    `uid` stays the same when it is sent again. `kind` is `text`, `menu` (a text that ends with numbered choices),
    `image` (its content a chart as JSON), `transfer` (to the platform's own agents) or `clicks` (its content a menu as
    JSON: `head`, and `items` with `id` and `title`). `more` tells that another text waits behind it, `doubts` how often
    it may have arrived already.
    """

    id: int
    uid: str
    conversation_id: str
    account_id: str
    kind: str
    content: str = field(repr=False)
    lease: str
    more: bool
    doubts: int


class Pieces:
    """Reads and writes `wechat_out`."""

    def __init__(self, vault: Vault, menus: bool = False) -> None:
        """`menus`: questions about a person's help become `clicks`."""
        self._vault = vault
        self._menus = menus

    def add(self, session: Session, conversation_id: str, bodies: Sequence[Body]) -> None:
        """Append what was said in one turn, cut into messages WeChat accepts; its charts follow its words."""
        menu = rating_menu(bodies) if self._menus else None
        if menu is not None:
            return self._append(session, conversation_id, [(CLICKS, json.dumps(menu, ensure_ascii=False))])
        composed = compose(bodies)
        texts = fit(composed.text, len(composed.text)).texts
        kinds = [TEXT] * (len(texts) - 1) + [MENU if composed.choices else TEXT]
        self._append(session, conversation_id, list(zip(kinds, texts)))
        charts = [json.dumps({"type": "chart", **asdict(chart)}, ensure_ascii=False) for chart in composed.charts]
        self._append(session, conversation_id, [(IMAGE, chart) for chart in charts])

    def add_transfer(self, session: Session, conversation_id: str) -> None:
        """Append the wish for one of WeChat's own agents."""
        self._append(session, conversation_id, [(TRANSFER, "")])

    def unsent(self, session: Session, conversation_id: str) -> list[Row]:
        """Return the rows that have not arrived yet, as far as we know, in order."""
        return list(
            session.execute(
                _rows()
                .where(wechat_out.c.conversation_id == conversation_id, wechat_out.c.state != SENT)
                .order_by(wechat_out.c.position, wechat_out.c.id)
            )
        )

    def answering(self, session: Session, push_key: str) -> Optional[Row]:
        """Return the row that was claimed to answer a push."""
        return session.execute(_rows().where(wechat_out.c.push_key == push_key)).first()

    def take(
        self, session: Session, rows: Sequence[Row], state: str, until: datetime, push_key: Optional[str] = None
    ) -> Piece:
        """Lease the first of the unsent rows, with as many of the texts behind it as fit into one message."""
        first, lease = rows[0], secrets.token_hex(16)
        joined, content = self._joined(rows)
        kind = joined[-1].kind
        content_too = {"content": self._vault.seal(place(first), content), "kind": kind} if len(joined) > 1 else {}
        change(
            session,
            wechat_out.c.id == first.id,
            state=state,
            push_key=push_key,
            lease=lease,
            lease_until=until,
            **content_too,
        )
        remove(session, wechat_out.c.id.in_([row.id for row in joined[1:]]))
        more = any(row.kind in (TEXT, MENU) for row in rows[len(joined) :])
        return _piece(first, kind, content, lease, more)

    def again(self, session: Session, row: Row, until: datetime) -> Piece:
        """Lease the row that answered a push for the next attempt at the same push."""
        lease = secrets.token_hex(16)
        change(session, wechat_out.c.id == row.id, state=PASSIVE, lease=lease, lease_until=until)
        return _piece(row, row.kind, self._read(row), lease, more=False)

    def renew(self, session: Session, row: Row) -> None:
        """Let a piece that arrived nowhere wait again, under another uid."""
        uid = secrets.token_hex(16)
        content = self._vault.seal(_place(row.conversation_id, uid), self._read(row))
        again = {"state": WAITING, "lease": None, "lease_until": None, "doubts": 0}
        change(session, wechat_out.c.id == row.id, uid=uid, content=content, **again)

    def hand_down(self, session: Session, conversation_id: str, heir: str) -> None:
        """Let another conversation bring what has not arrived yet, after all it has to bring already.

        Who is bringing a piece at this moment goes on. A wish for the platform's agents is not handed down.
        """
        remove(session, (wechat_out.c.conversation_id == conversation_id) & (wechat_out.c.kind == TRANSFER))
        last = _last_position(session, heir)
        for row in self.unsent(session, conversation_id):
            content = self._vault.seal(_place(heir, row.uid), self._read(row))
            moved = {"conversation_id": heir, "position": last + row.position, "content": content}
            change(session, wechat_out.c.id == row.id, **moved)

    def split(self, session: Session, piece: Piece, texts: Sequence[str]) -> None:
        """Put smaller texts in the place of a piece."""
        row = session.execute(select(wechat_out).where(mine(piece))).first()
        if row is not None:
            remove(session, wechat_out.c.id == row.id)
            kinds = [TEXT] * (len(texts) - 1) + [piece.kind]
            self._insert(session, row.conversation_id, [(row.position, *part) for part in zip(kinds, texts)])

    def _joined(self, rows: Sequence[Row]) -> tuple[Sequence[Row], str]:
        """Return the rows that make one message, and its content.

        A row that may have arrived already stays alone, and so do parts of a piece that was too long.
        """
        content, count = self._read(rows[0]), 1
        for before, row in zip(rows, rows[1:]):
            joinable = before.kind == TEXT and row.kind in (TEXT, MENU) and row.position != before.position
            longer = content + _BETWEEN + self._read(row)
            if not joinable or before.doubts or row.doubts or size(longer) > LIMIT:
                break
            content, count = longer, count + 1
        return rows[:count], content

    def _append(self, session: Session, conversation_id: str, parts: Sequence[tuple[str, str]]) -> None:
        first = _last_position(session, conversation_id) + 1
        self._insert(session, conversation_id, [(first + index, *part) for index, part in enumerate(parts)])

    def _insert(self, session: Session, conversation_id: str, parts: Sequence[tuple[int, str, str]]) -> None:
        for position, kind, content in parts:
            uid = secrets.token_hex(16)
            session.execute(
                insert(wechat_out).values(
                    conversation_id=conversation_id,
                    position=position,
                    uid=uid,
                    kind=kind,
                    content=self._vault.seal(_place(conversation_id, uid), content),
                    state=WAITING,
                )
            )

    def _read(self, row: Row) -> str:
        return self._vault.open(place(row), row.content)


def _last_position(session: Session, conversation_id: str) -> int:
    last = select(func.max(wechat_out.c.position)).where(wechat_out.c.conversation_id == conversation_id)
    return session.execute(last).scalar() or 0


def _rows() -> Select:
    delivery = wechat_delivery.c.conversation_id == wechat_out.c.conversation_id
    return select(wechat_out, wechat_delivery.c.account_id).join(wechat_delivery, delivery)


def _piece(row: Row, kind: str, content: str, lease: str, more: bool) -> Piece:
    return Piece(row.id, row.uid, row.conversation_id, row.account_id, kind, content, lease, more, row.doubts)


def place(row: Row) -> str:
    """Return what the sealed content of a row is bound to."""
    return _place(row.conversation_id, row.uid)


def mine(piece: Piece) -> ColumnElement:
    """Return the condition that a piece is still leased to whoever holds it."""
    return (wechat_out.c.id == piece.id) & (wechat_out.c.lease == piece.lease)


def change(session: Session, which: ColumnElement, **values: object) -> None:
    """Update pieces."""
    session.execute(update(wechat_out).where(which).values(**values))


def remove(session: Session, which: ColumnElement) -> None:
    """Delete pieces."""
    session.execute(delete(wechat_out).where(which))


def _place(conversation_id: str, uid: str) -> str:
    return f"wechat_out.content|{conversation_id}|{uid}"
