"""Tickets: what people report or ask of the centre, who works on it, and every change of it."""
