"""Why a file is refused or a row is set aside: stable words for counting, and sentences for the analyst.

A sentence says what is wrong and what to do next. The place (file, row, column) is added by whoever shows it;
no sentence ever holds a value of the row.
"""

REFUSED = {
    "empty_file": "There is nothing in it. Ask for the export again.",
    "wrong_delimiter": "Its columns are separated otherwise than the profile says. Correct `delimiter` or the export.",
    "missing_column": "A column the profile expects is absent or renamed. Export it again, or correct the profile.",
    "undeclared_column": "It has a column the profile does not know. Declare it `keep` or `drop`, then take it again.",
    "repeated_column": "Two of its columns have one name. Rename one in the export.",
    "unreadable_text": "It is not text in the declared encoding. Export it as UTF-8 CSV.",
    "unreadable_file": "It cannot be opened. Copy it again; unlock it if it is a locked zip.",
    "too_large": "It unpacks to far more than a force's export. Check where it comes from.",
    "nested_zip": "It is a zip inside a zip. Unpack the outer one into the folder.",
    "number_in_text_column": "A column of codes or identifiers holds numbers, which may have lost digits. "
    "Export it as text.",
    "nested_column": "A column holds lists or tables. Export one value to a cell.",
    "wrong_sheet": "It has several sheets, or the one that is wanted is hidden or absent. Correct `sheet`.",
    "missing_rows": "No element has the name of a row. Correct `row` in the profile.",
    "unreachable_source": "Its database could not be read. Check the setting, the network and the account, and run "
    "again.",
    "unsafe_xml": "Its XML defines entities or a document type, as no export does. Check where it comes from.",
}

QUARANTINED = {
    "ragged_row": "It has more or fewer cells than the header, or a quote that is never closed. Export it again.",
    "incomplete_last_line": "The file ends in the middle of this line. Send the file again when it is whole.",
    "unreadable_text": "A kept cell holds characters that cannot be read. Correct it at the source.",
    "too_long": "A kept cell holds more than 200 characters: no reference, code or name does. Drop the column in the "
    "profile if it is free text; else correct it at the source.",
    "number_in_text_column": "A code or an identifier is a number there, which cannot tell 4.10 from 4.1 or 0123 from "
    "123. Export the column as text, or say `whole_numbers` if its numbers never begin with 0.",
    "formula_without_value": "A cell holds a formula whose result was not saved. Save the sheet as values.",
    "formula_error": "A cell holds an error such as #N/A. Correct it in the sheet.",
    "hidden_row": "The row is hidden, perhaps by a filter. Show all rows, or delete it, and save again.",
    "merged_cell": "A cell is merged with another, so nobody can say whose value it is. Unmerge the cells.",
    "repeated_element": "An element comes twice in one row. Say `split` if the column may hold several values.",
    "missing_value": "A cell that must not be empty is empty. Complete it at the source.",
    "placeholder_person": "It names nobody, only a placeholder. Complete it at the source if it should name someone.",
    "bad_time": "A date or time is not written as the profile says. Correct it, or add the format to the profile.",
    "nonexistent_time": "The clocks skipped this time in spring. Correct it at the source.",
    "time_out_of_range": "A date or time is far in the past or in the future. Correct it at the source.",
    "bad_flag": "It says neither of the profile's words for yes and no. Add the word to the profile.",
    "bad_number": "A number is not a whole number. Correct it at the source.",
    "restricted": "The source marks it as restricted: nothing of this row is kept, and one taken before is withheld. "
    "Rows of other tables about it are taken: leave restricted work out at the source.",
    "private_role": "It names somebody in a private part, not at work: nothing of this row is kept, and one taken "
    "before is withheld. Nothing to do.",
    "conflict": "Another row with the same key and version says something else. Ask the source which is right.",
}


def meaning(reason: str) -> str:
    """Return the sentence for a reason of either kind; "unknown_role" and its like share one."""
    if reason.startswith("unknown_"):
        return "The profile's map does not have this word. Add it to the map of the column, then take the file again."
    return QUARANTINED.get(reason) or REFUSED[reason]
