"""Forgets what a person told in a conversation, because they or the centre asked for it."""

from bot.conversations.store import Store
from bot.conversations.talk_cache import forget_talk
from bot.settings import Settings
from bot.tickets.store import TicketStore


def forget_person(settings: Settings, conversations: Store, tickets: TicketStore, conversation_id: str) -> None:
    """Delete the tickets, consents and draft of a conversation, the words in it, and what Rasa remembers of it."""
    tickets.erase_of_conversation(conversation_id)
    conversations.redact(conversation_id, 0)
    forget_talk(settings, conversation_id)
