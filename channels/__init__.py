"""Everything that faces people: gateway, widget, Telegram."""
