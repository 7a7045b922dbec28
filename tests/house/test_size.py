"""Files and functions stay small enough to read in one go."""

import ast

from tests.house.repository import ending, name, text, tree

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 50
USUAL_LINES_OF_A_FUNCTION = 30
SHARE_THAT_MAY_BE_LONGER = 0.05


def lengths():
    for path in ending(".py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                yield node.end_lineno - node.lineno + 1, f"{name(path)}:{node.lineno} {node.name}"


def test_no_file_is_longer_than_400_lines():
    counted = {name(path): text(path).count("\n") for path in ending(".py", ".html", ".css", ".js")}
    assert {path: lines for path, lines in counted.items() if lines > MOST_LINES_OF_A_FILE} == {}


def test_no_function_is_longer_than_50_lines():
    assert [where for lines, where in lengths() if lines > MOST_LINES_OF_A_FUNCTION] == []


def test_most_functions_are_short():
    counted = list(lengths())
    longer = [where for lines, where in counted if lines > USUAL_LINES_OF_A_FUNCTION]
    assert len(longer) <= SHARE_THAT_MAY_BE_LONGER * len(counted), longer
