"""The commands `python -m dengta keys …`, `audit …`, `erase` and `agents …`: what operators do besides running it."""
from collections import Counter
from typing import Optional

from sqlalchemy import func, select

from dengta import clock
from dengta.app import conversations
from dengta.channels.wechat import sealed as wechat_sealed
from dengta.channels.wechat.tables import kf_session, wechat_delivery, wechat_out
from dengta.conversation import sealed as conversations_sealed
from dengta.conversation.erasure import Erasure
from dengta.database import reading, writing
from dengta.desk import accounts, agents, notes, passwords
from dengta.desk.agents import Agent
from dengta.desk.tables import desk_draft, desk_note
from dengta.handoff import sealed as handoff_sealed
from dengta.handoff.copilot.tables import copilot_use
from dengta.handoff.rules import rules
from dengta.handoff.satisfaction import sealed as satisfaction_sealed
from dengta.handoff.satisfaction.retention import RatingCases
from dengta.handoff.tables import queue_entry
from dengta.handoff.tickets import sealed as tickets_sealed
from dengta.handoff.tickets.retention import TicketCases
from dengta.privacy import anchors, rotation
from dengta.privacy.master import KeyFileError, create_master
from dengta.privacy.tables import data_key
from dengta.privacy.vault import open_vault
from dengta.progress import say, step
from dengta.settings import settings

COLUMNS = (
    *conversations_sealed.COLUMNS,
    *wechat_sealed.COLUMNS,
    *handoff_sealed.COLUMNS,
    *tickets_sealed.COLUMNS,
    *satisfaction_sealed.COLUMNS,
    *notes.COLUMNS,
)
BESIDE = tuple(
    table.c.conversation_id
    for table in (wechat_out, wechat_delivery, kf_session, queue_entry, desk_note, desk_draft, copilot_use)
)


def create_keys() -> None:
    """Make the master key file; an existing one is never touched."""
    path = settings().master_key_file
    if not create_master(path):
        raise KeyFileError(f"The master key file {path} exists and was left as it is")
    say(f"Made {path}. Keep a copy apart from the database: without it nothing that was sealed can be read again.")


def list_keys() -> None:
    """Show every data key: when it was made, whether it seals, opens or is gone, and how many values it seals."""
    with conversations(settings()) as engine, reading(engine) as session:
        keys = session.execute(select(data_key).order_by(data_key.c.id)).all()
        for key in keys:
            values = sum(rotation.count(session, column, key.id) for column in COLUMNS)
            state = "seals" if key is keys[-1] else "opens"
            state = f"retired {key.retired_at:%Y-%m-%d %H:%M}" if key.retired_at else f"{state}, {values} values"
            say(f"{key.id}  made {key.created_at:%Y-%m-%d %H:%M}  {state}")


def rotate_keys() -> None:
    """Make a new data key, seal everything anew with it, and tell how many values of each column."""
    resealed: Counter[str] = Counter()
    with conversations(settings()) as engine:
        with step("Sealing everything anew (at least 90 s; if interrupted, run it again to go on)"):
            for batch in rotation.rotate(engine, COLUMNS):
                resealed[str(batch.column.column)] += batch.resealed
        with reading(engine) as session:
            newest = session.execute(select(func.max(data_key.c.id))).scalar_one()
            for column in COLUMNS:
                left = rotation.count_others(session, column, newest)
                rest = f", {left} cannot be read and were left as they are" if left else ""
                say(f"{column.column}: {resealed[str(column.column)]} values sealed anew{rest}")


def retire_key(key_id: int) -> None:
    """Destroy a data key that seals nothing any more."""
    with conversations(settings()) as engine:
        rotation.retire(engine, key_id)
    say(f"Data key {key_id} is destroyed.")


def rewrap_keys() -> None:
    """Wrap all data keys with the first wrapping key of the master file."""
    with conversations(settings()) as engine:
        keys = rotation.rewrap(engine)
    say(f"Data keys wrapped with the first key of {settings().master_key_file}: {keys}. The others may be removed.")


def anchor_trail() -> None:
    """Append the newest entry's id and mac to the file of anchors."""
    file = settings().data_dir / anchors.FILE_NAME
    with conversations(settings()) as engine:
        entry = anchors.anchor(engine, file, clock.now())
    say(f"Anchored at entry {entry} in {file}." if entry else "The audit trail is empty; there is nothing to anchor.")


def verify_trail() -> None:
    """Check the audit trail and its anchors."""
    with conversations(settings()) as engine:
        verdict = anchors.verify(engine, settings().data_dir / anchors.FILE_NAME)
    say(f"The audit trail is unbroken: {verdict.entries} entries, {verdict.anchors} anchors.")


def erase(customer: Optional[str], conversation: Optional[str]) -> None:
    """Erase what was kept of one of the two, and tell what stays."""
    with conversations(settings()) as engine:
        vault = open_vault(engine, settings().master_key_file)
        erasure = Erasure(engine, vault, BESIDE, [TicketCases(), RatingCases()])
        if customer is not None:
            erased = erasure.customer(customer, "operator")
        else:
            erased = erasure.conversation(str(conversation), "operator")
    say(f"Emptied {erased.messages} messages and deleted {erased.records} other records.")
    for number, why in (
        (erased.complaints, "stay on record as complaints (data/lexicon/retention.yml)"),
        (erased.waiting, "wait for a person; erase again when that is done"),
        (erased.in_use, "are in use; erase again when they have ended"),
    ):
        if number:
            say(f"Conversations that {why}: {number}")


def add_agent(agent_id: str, name: str, role: str, group: list[str], capacity: int) -> None:
    """Add somebody who works at the desk and tell their password, which is shown this once only."""
    new, password = Agent(agent_id, name, role, tuple(group), capacity), passwords.generate()
    agents.check(new, rules().groups)
    with conversations(settings()) as engine, writing(engine) as session:
        accounts.add(session, new, password, accounts.OPERATOR)
    say(f"Added {new.id}. Their password, which is shown this once only: {password}")


def list_agents() -> None:
    """Show who works at the desk."""
    with conversations(settings()) as engine, reading(engine) as session:
        for row in agents.everyone(session):
            state = "  disabled" if row.disabled_at else "  demo" if row.demo else ""
            say(f"{row.id}  {row.name}  {row.role}  {','.join(row.groups) or '-'}  {row.capacity} at a time{state}")


def reset_agent(agent_id: str) -> None:
    """Give an agent another password, log them out everywhere, and tell the password, which is shown this once only."""
    password = passwords.generate()
    with conversations(settings()) as engine, writing(engine) as session:
        accounts.reset(session, agent_id, password, accounts.OPERATOR)
    say(f"The password of {agent_id}, which is shown this once only: {password}")


def disable_agent(agent_id: str) -> None:
    """Keep an agent from logging in, and log them out everywhere."""
    with conversations(settings()) as engine, writing(engine) as session:
        accounts.disable(session, agent_id, accounts.OPERATOR)
    say(f"{agent_id} can no longer log in.")


def enable_agent(agent_id: str) -> None:
    """Let an agent log in again, with the password they had."""
    with conversations(settings()) as engine, writing(engine) as session:
        accounts.enable(session, agent_id, accounts.OPERATOR)
    say(f"{agent_id} can log in again.")
