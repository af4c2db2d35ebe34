"""Numbers and codes a lender prints: redeem codes with a check character, reference numbers of business events.

A redeem code is `LB` and eight characters of Crockford's base 32, which has no I, L, O or U
(https://www.crockford.com/base32.html). The last character checks the seven before it by the Luhn algorithm mod N
(https://en.wikipedia.org/wiki/Luhn_mod_N_algorithm, N = 32): one wrong character is always recognised, two
neighbours in the wrong order nearly always.
"""
import hashlib

from stdnum import luhn

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PREFIX = "LB"
_LENGTH = 10
_READ_AS = str.maketrans("OIL", "011")  # Crockford: what a person may write for 0 and 1


def normalise_redeem_code(text: str) -> str:
    """Return a code as it is stored: capitals, no spaces or hyphens, O read as 0, I and L as 1 after the prefix."""
    code = "".join(character for character in text.upper() if character not in " -")
    if not code.startswith(_PREFIX):
        return code
    return _PREFIX + code[len(_PREFIX) :].translate(_READ_AS)


def is_redeem_code(text: str) -> bool:
    """Whether a text is a redeem code without a typo; it says nothing about whether the code was ever issued."""
    code = normalise_redeem_code(text)
    return len(code) == _LENGTH and code.startswith(_PREFIX) and bool(luhn.is_valid(code[len(_PREFIX) :], ALPHABET))


def redeem_code(body: str) -> str:
    """Return the full redeem code of seven characters of the alphabet."""
    return f"{_PREFIX}{body}{luhn.calc_check_digit(body, ALPHABET)}"


def reference_no(prefix: str, *parts: str) -> str:
    """Return `prefix` and 12 digits made from the parts: the same event always gets the same number."""
    digest = hashlib.sha256("\x1f".join((prefix, *parts)).encode()).digest()
    return f"{prefix}{int.from_bytes(digest[:8], 'big') % 10**12:012d}"
