"""Customers and bank cards."""
from dengta.backends import Backends
from dengta.backends.customer import AccountStatus
from dengta.backends.outcomes import NotFound
from tests.backends.books import customer, found


async def test_a_phone_number_leads_to_its_customer(backends: Backends) -> None:
    person = found(await backends.customer.by_phone("19900000008"))
    assert (person.name, person.status) == ("王海青", AccountStatus.ACTIVE)
    assert found(await backends.customer.get(person.customer_id)) == person


async def test_unknown_phones_and_customers_are_not_found(backends: Backends) -> None:
    for phone in ("19900009999", "", "' OR 1=1 --", "1990000000８"):
        assert await backends.customer.by_phone(phone) == NotFound()
    assert await backends.customer.get("C999999") == NotFound()
    assert await backends.customer.bank_cards("C999999") == NotFound()


async def test_the_repayment_card_comes_first(backends: Backends) -> None:
    cards = found(await backends.customer.bank_cards(await customer(backends, "current")))
    assert [(card.bank, card.tail, card.for_repayment) for card in cards] == [
        ("工商银行", "8801", True),
        ("招商银行", "8846", False),
    ]


async def test_a_new_customer_has_no_card(backends: Backends) -> None:
    assert found(await backends.customer.bank_cards(await customer(backends, "no_product"))) == ()


async def test_frozen_and_closed_accounts_say_so(backends: Backends) -> None:
    frozen = found(await backends.customer.get(await customer(backends, "account_frozen")))
    closed = found(await backends.customer.get(await customer(backends, "closed")))
    assert (frozen.status, frozen.frozen_reason) == (AccountStatus.FROZEN, "identity_expired")
    assert (closed.status, closed.frozen_reason) == (AccountStatus.CLOSED, None)
