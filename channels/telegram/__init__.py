"""The same bot on Telegram: a process of its own that shares database, relay and Rasa with the gateway."""
