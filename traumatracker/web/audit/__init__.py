"""Who looked at whom and who changed whose record: written down as it is served, in a chain that shows tampering.

`record` is called inside the transaction that reads or changes, so that what cannot be written down does not happen.
The chain, its sealed heads and what they can and cannot show: docs/reference/audit.md.
"""

from traumatracker.web.audit.chain import Look, changed, own_change, record

__all__ = ["Look", "changed", "own_change", "record"]
