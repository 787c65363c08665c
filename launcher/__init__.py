"""Sets up, trains and starts everything on one machine."""
