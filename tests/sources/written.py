"""One table of rows written in every format, by other programs' writers than the readers under test."""

import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from pyqvd import QvdTable, StringValue

from tests.sources.made_up import PROFILE
from traumatracker.sources.profile import parse_profile


def profile_of(*files, more="", text=PROFILE):
    """Return the tiny force's profile, its logs in other files than CSV; `more` stands in the head of that table."""
    listed = ", ".join(f'"{name}"' for name in files)
    return parse_profile(text.replace('files = ["logs*.csv"]', f"files = [{listed}]\n{more}"), "tiny")


def parquet(header, rows, **types):
    """Return a Parquet file of text columns; `types` gives some another type, their cells as they stand."""
    columns = {name: pa.array([row[at] for row in rows], types.get(name)) for at, name in enumerate(header)}
    out = BytesIO()
    pq.write_table(pa.table(columns), out, row_group_size=max(4, len(rows) // 3))
    return out.getvalue()


def xlsx(header, rows, sheets=("Logs",), change=None):
    """Return a workbook of the rows in its first sheet; `change(sheet, workbook)` may do more to it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = sheets[0]
    for row in [header, *rows]:
        sheet.append(list(row))
    for other in sheets[1:]:
        book.create_sheet(other)
    if change:
        change(sheet, book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def xml(header, rows, row="Log"):
    """Return an XML file: an element a row, empty cells left out, as exports do."""
    told = "".join(
        f"<{row}>" + "".join(f"<{n}>{escape(v)}</{n}>" for n, v in zip(header, cells, strict=True) if v) + f"</{row}>"
        for cells in rows
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Export>{told}</Export>\n'.encode()


def qvd(header, rows):
    """Return a QVD file; texts as they are, None empty, numbers as Qlik's."""
    kept = [[StringValue(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    out = BytesIO()
    QvdTable(kept, list(header)).to_stream(out)
    return out.getvalue()


def zipped(**files):
    """Return a zip of files."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()
