"""The live feed's address: who may send, what was refused, and the answer to every message."""
