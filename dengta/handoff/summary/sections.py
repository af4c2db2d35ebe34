"""The sections of a summary: pure functions from the record to lines that name the messages they come from."""
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Optional

from dengta.backends.customer import Customer
from dengta.backends.outcomes import Found, Outcome
from dengta.dialogue.readings import reading_title
from dengta.handoff.sentences import moment
from dengta.handoff.summary import feelings
from dengta.handoff.summary.models import Line, Section
from dengta.handoff.summary.record import OpenTicket, Record, Said
from dengta.handoff.summary.rules import Rules, Told
from dengta.handoff.tickets.rules import rules as ticket_rules
from dengta.privacy.masking import mask

_VERIFIED = "utter_identity_verified"
_STOPS_AND_DIGITS = "。，,.;； 0123456789"


class Sections:
    """Words the sections of one record; whatever is quoted is masked first."""

    def __init__(self, rules: Rules, record: Record, customer: Optional[Outcome[Customer]]) -> None:
        """`customer` is what the lender's system says of the bound customer, None if nobody is bound."""
        self._rules = rules
        self._record = record
        self._customer = customer.value if isinstance(customer, Found) else None
        known = (self._customer.name, self._customer.phone) if self._customer is not None else ()
        self._masked = {each.seq: mask(each.text, known) for each in record.said}
        self._theirs = record.by("customer")
        self._bots = record.by("bot")

    def all(self) -> tuple[Section, ...]:
        """Return the sections that have something to say."""
        made = {
            "who": self.who(),
            "wants": self.wants(),
            "risks": self.risks(),
            "open": self.open(),
            "figures": self.figures(),
            "mood": self.mood(),
            "bot": self.bot(),
            "people": self.people(),
        }
        sections = (Section(name, self._rules.sections[name], tuple(lines)) for name, lines in made.items())
        return tuple(section for section in sections if section.lines)

    def who(self) -> Iterator[Line]:
        """Who speaks, through which channel, and why people have the conversation."""
        yield self._identity()
        channel = self._rules.channels.get(self._record.channel)
        if channel is not None:
            yield self._line("channel", (), channel=channel)
        reason = self._record.reason
        if reason is not None:
            title = self._rules.reasons.get(reason) or reading_title(reason)
            asked = [each.seq for each in self._theirs if each.turn is not None][-1:]
            if title is not None:
                yield self._line("reason", asked, reason=title)

    def wants(self) -> Iterator[Line]:
        """What the customer was understood to want, newest first, each thing once."""
        wanted: dict[str, list[Said]] = {}
        for each in reversed(self._theirs):
            if each.reading is not None and reading_title(each.reading) is not None:
                wanted.setdefault(each.reading, []).insert(0, each)
        for reading, said in wanted.items():
            title = reading_title(reading)
            yield self._line("want", _seqs(said), code=reading, title=title, quote=self._quote(said[-1]))

    def bot(self) -> Iterator[Line]:
        """What the bot did, and what it answered or did not understand, newest first."""
        yield from self._responses(self._rules.deeds)
        turns = [(turn, list(said)) for turn, said in groupby(self._record.said, lambda each: each.turn) if turn]
        for _, said in list(reversed(turns))[: self._rules.longest]:
            asked = [each for each in said if each.author == "customer" and not each.failed]
            answers = [each for each in said if each.author == "bot"]
            title = reading_title(asked[-1].reading) if asked and asked[-1].reading else None
            if asked and asked[-1].reading is None and _has_words(asked[-1]):
                yield self._line("not_understood", _seqs(asked), quote=self._quote(asked[-1]))
            elif answers and title is not None:
                yield self._line("answer", _seqs(answers), title=title, answer=self._beginning(self._main(answers)))

    def people(self) -> Iterator[Line]:
        """What agents said, newest first."""
        for each in list(reversed(self._record.by("agent")))[: self._rules.longest]:
            yield Line("person", self._beginning(each), (each.seq,))

    def figures(self) -> Iterator[Line]:
        """Every clause of the bot with a sum or a rate, exactly as it was said, newest first, each once."""
        told: dict[str, Said] = {}
        for each in reversed(self._bots):
            for clause in self._rules.clause_ends.split(self._masked[each.seq]):
                if self._rules.figure.search(clause):
                    told.setdefault(clause.strip(), each)
        for clause, said in list(told.items())[: self._rules.longest]:
            yield Line("figure", clause, (said.seq,))

    def mood(self) -> Iterator[Line]:
        """How the customer felt over time, in order; one line if they were calm throughout."""
        phases = feelings.phases(self._rules, self._theirs)
        moved = [phase for phase in phases if phase.mood is not None]
        if phases and not moved:
            yield self._line("calm", _seqs(self._theirs))
        for mood, said in moved[-self._rules.longest :]:
            if mood is not None:
                yield self._line("mood", _seqs(said), code=mood.id, title=mood.title, quote=self._quote(said[-1]))

    def risks(self) -> Iterator[Line]:
        """What people must look at, gravest first."""
        for risk, said in feelings.risks(self._rules, self._theirs):
            line = self._line("risk", _seqs(said), code=risk.id, title=risk.title, quote=self._quote(said[-1]))
            yield replace(line, level=risk.level)

    def open(self) -> Iterator[Line]:
        """What nobody has dealt with yet."""
        answered = max(_seqs(self._record.by("agent")), default=0)
        for each in self._theirs:
            if each.turn is None and each.seq > answered:
                yield self._line("waiting", (each.seq,), quote=self._quote(each))
            elif each.failed:
                yield self._line("failed", (each.seq,), quote=self._quote(each))
        yield from self._responses(self._rules.pending)
        for ticket in self._record.tickets:
            yield self._ticket(ticket)

    def _identity(self) -> Line:
        if self._record.customer_id is None:
            return self._line("unknown", ())
        told = [rule for rule in self._rules.deeds if rule.response == _VERIFIED]
        seqs = [each.seq for each in self._bots for rule in told if rule.template.fullmatch(each.text)]
        if self._customer is None:
            return self._line("unread", seqs)
        name, phone = (mask(value, [value]) for value in (self._customer.name, self._customer.phone))
        return self._line("verified" if self._record.verified else "shared", seqs, name=name, phone=phone)

    def _ticket(self, open_ticket: OpenTicket) -> Line:
        ticket = open_ticket.ticket
        told = [each.seq for each in self._bots if ticket.ticket_no in each.text]
        values = {
            "title": ticket_rules().kinds[ticket.kind].title,
            "ticket_no": ticket.ticket_no,
            "state": ticket_rules().wording["states"][ticket.state],
        }
        seqs = sorted({*told, *open_ticket.seqs})
        if ticket.due_at is None:
            return self._line("ticket", seqs, **values)
        return self._line("ticket_due", seqs, code="ticket", due=moment(ticket.due_at), **values)

    def _responses(self, told: Sequence[Told]) -> Iterator[Line]:
        for rule in told:
            seqs = [each.seq for each in self._bots if rule.template.fullmatch(each.text)]
            if seqs:
                yield Line(rule.response, rule.title, tuple(seqs))

    def _main(self, answers: Sequence[Said]) -> Said:
        """Return the first answer that is more than the report of a deed."""
        deeds = [rule.template for rule in self._rules.deeds]
        return next((each for each in answers if not any(d.fullmatch(each.text) for d in deeds)), answers[0])

    def _line(self, template: str, seqs: Iterable[int], *, code: Optional[str] = None, **values: Any) -> Line:
        return Line(code or template, self._rules.lines[template].format(**values), tuple(seqs))

    def _quote(self, said: Said) -> str:
        return self._rules.lines["quote"].format(text=_cut(" ".join(self._masked[said.seq].split()), self._rules.quote))

    def _beginning(self, said: Said) -> str:
        sentences = (part.strip() for part in self._rules.sentence_ends.split(self._masked[said.seq]))
        return _cut(next((part for part in sentences if part), ""), self._rules.answer)


def _cut(text: str, length: int) -> str:
    """Return the beginning of a text, never with a part of a number at its end."""
    return text if len(text) <= length else text[:length].rstrip(_STOPS_AND_DIGITS) + "…"


def _seqs(said: Iterable[Said]) -> tuple[int, ...]:
    return tuple(each.seq for each in said)


def _has_words(said: Said) -> bool:
    """Tell whether somebody said more than a number: those are what the bot had asked for."""
    return any(sign.isalpha() for sign in said.text)
