"""Whether what a profile says of a file's layout fits its format and its columns."""

import re
from typing import TYPE_CHECKING

from traumatracker.errors import BadProfile

if TYPE_CHECKING:
    from traumatracker.sources.profile import Table

_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")


def check_layout(table: "Table", where: str) -> None:
    """Raise BadProfile unless what is said of the file's layout fits its format and its columns."""
    if table.names and (set(table.names) != set(table.header) or len(set(table.names)) < len(table.names)):
        raise BadProfile(f"{where}: `header` must name every declared column once, and no other.")
    if table.query_table and (table.files or not _WORD.match(table.database)):
        raise BadProfile(f"{where} is read in place: it needs `database`, a word in lower case, and no `files`.")
    if table.overlap_hours is not None and not (table.query_table and table.version):
        raise BadProfile(f"{where}: `overlap_hours` needs a `query_table` and a `version` to go by.")
    is_xml = table.format == "xml" or any(pattern.casefold().endswith(".xml") for pattern in table.files)
    if is_xml and not table.row:
        raise BadProfile(f"{where} reads XML and needs `row`, the name of the element that is one row.")
