"""Names of slots, forms and intents that code refers to; the domain declares them."""

SLOT_TONE = "tone"
SLOT_GOAL = "goal"
SLOT_TOPIC = "topic"
SLOT_PHONE = "phone"
SLOT_ONE_TIME_CODE = "one_time_code"
SLOT_LOAN_NO = "loan_no"
SLOT_SETTLEMENT_TOTAL = "settlement_total"
SLOT_SETTLEMENT_CONFIRMED = "settlement_confirmed"
SLOT_REDEEM_CODE = "redeem_code"
SLOT_REDEEM_CONFIRMED = "redeem_confirmed"
SLOT_QUOTE_AMOUNT = "quote_amount"
SLOT_QUOTE_PERIOD = "quote_period"

IDENTITY_FORM = "identity_form"
SETTLEMENT_FORM = "settlement_form"
REDEEM_FORM = "redeem_form"
QUOTE_FORM = "quote_form"

INTENT_AFFIRM = "affirm"
INTENT_DENY = "deny"
INTENT_REQUEST_HUMAN = "request_human"

ACTION_FOLLOW_UP = "action_follow_up"
ACTION_START_QUOTE = "action_start_quote"

TONE_STANDARD = "standard"
TONE_SENIOR = "senior"
