"""Measures how well the bot understands: whole answers over the chat API, on sentences that nobody trained on."""
