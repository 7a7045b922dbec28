"""The criteria packs the pages take their words from, read once by each process."""

from functools import lru_cache
from pathlib import Path

import traumatracker
from traumatracker.engine.pack import Pack, load_pack

FOLDER = Path(traumatracker.__file__).parent / "packs"


@lru_cache
def _pack(pack_id: str) -> Pack:
    return load_pack(FOLDER / pack_id)


def pack_of(label: str) -> Pack:
    """Return the pack a label such as "ptec_aligned@1" names. Raises BadPack where it is not installed."""
    return _pack(label.partition("@")[0])
