"""What actions share: who is asking, what the customer points at, and how figures are put into the domain's words."""
