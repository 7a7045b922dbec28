"""The live feed, without the web: the shape of a message, and what becomes of one."""
