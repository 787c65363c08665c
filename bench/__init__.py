"""Measures this system and a stock Rasa side by side."""
