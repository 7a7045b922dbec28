"""The criteria packs the pages take their words from, read once by each process."""

from functools import lru_cache

from traumatracker.engine.pack import Pack, find_pack

_pack = lru_cache(find_pack)


def pack_of(label: str) -> Pack:
    """Return the pack a label such as "ptec_aligned@1" names. Raises BadPack where it is not installed."""
    return _pack(label.partition("@")[0])
