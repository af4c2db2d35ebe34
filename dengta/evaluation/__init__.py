"""Measures how well the trained model understands, on labelled tables that are never trained on."""
