"""Finds personal data in what people write: patterns, the words around them, and checksums (docs/privacy.md)."""
from collections.abc import Sequence

from dengta.privacy.folding import fold
from dengta.privacy.recognise import accounts, addresses, digits, names, recorded
from dengta.privacy.recognise.labels import Labels
from dengta.privacy.recognise.personal import Personal, without_overlaps

_BESIDE_NAMES = ("phone", "id_number", "card")


def find(text: str, known: Sequence[str] = ()) -> tuple[Personal, ...]:
    """Return the personal data of a text, in its order and without overlaps; offsets are those of the text as written.

    `known` are exact values of the customer's record (name, phone, identity number, card, address): they are found also
    where nothing around them gives them away.
    """
    folded = fold(text)
    labels = Labels(folded.text)
    found = [*recorded.find(folded, known), *addresses.find(folded)]
    found += [*digits.find(folded, labels), *accounts.find(folded, labels)]
    found += names.find(folded, [each for each in found if each.kind in _BESIDE_NAMES])
    return without_overlaps(
        Personal(each.kind, *folded.original(each.start, each.end), each.score) for each in found
    )
