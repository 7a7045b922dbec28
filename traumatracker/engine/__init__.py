"""The meaning of an exposure. Pure: tables and a criteria pack in, exposures with reasons out."""
