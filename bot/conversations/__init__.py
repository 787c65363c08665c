"""Conversations: model, store (the only SQL) and encryption at rest."""
