"""The widget and the pages around it."""
