"""Recognisers of personal data, one module for each way in which it is found."""
