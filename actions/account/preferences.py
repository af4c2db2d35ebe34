"""What the customer wants of us: no more notices, or not to be known here any more."""
from rasa_sdk.events import EventType, SlotSet

from dengta.dialogue.customer_action import CustomerAction, GuardedAction
from dengta.dialogue.names import CHOICE_NOTICES_AGAIN, CHOICE_UNBIND, ENTITY_CHOICE, SLOT_TOPIC
from dengta.dialogue.turn import Turn
from dengta.dialogue.verified import verified_customer
from dengta.runtime import runtime


class ActionUnsubscribe(CustomerAction):
    """Registers that a customer does not want to be disturbed, and takes it back."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_unsubscribe"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Tell a stranger what they can do themselves; who asks for the registration is verified first."""
        if turn.entity(ENTITY_CHOICE) is None and await verified_customer(turn) is None:
            turn.say("utter_request_unsubscribe")
            return []
        return await super().respond(turn)

    async def answer(self, turn: Turn, customer_id: str) -> list[EventType]:
        """Register the wish, or say that it is registered and how to take it back.

        It is no topic: a message that only points at something must not register anything.
        """
        profiles = runtime().profiles
        if turn.entity(ENTITY_CHOICE) == CHOICE_NOTICES_AGAIN:
            await profiles.set_do_not_disturb(customer_id, False)
            turn.say("utter_notices_again")
        elif (await profiles.get(customer_id)).do_not_disturb:
            turn.say("utter_no_notices_already")
        else:
            await profiles.set_do_not_disturb(customer_id, True)
            turn.say("utter_no_notices")
        return [SlotSet(SLOT_TOPIC, None)]


class ActionCloseAccount(GuardedAction):
    """Tells how an account is closed; unbinds this conversation for whoever asks for that."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_close_account"

    async def respond(self, turn: Turn) -> list[EventType]:
        """Forget who this is after the button that says so, otherwise explain."""
        if turn.entity(ENTITY_CHOICE) != CHOICE_UNBIND:
            turn.say("utter_request_close_account")
            return []
        await runtime().identity.forget(turn.conversation_id)
        turn.say("utter_unbound")
        return []
