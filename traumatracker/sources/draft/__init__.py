"""A first profile for files nobody has seen: read, recognised and written down for a person to correct."""
