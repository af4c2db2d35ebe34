"""Tickets: what customers complain about or ask for, by whom it is dealt with, and until when. See docs/tickets.md."""
