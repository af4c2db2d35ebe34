"""The customer's account: who is asking, what they wanted before that, what they prefer."""
