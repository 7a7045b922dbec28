"""The process that derives everything into a scratch store for `rebuilding`: its home is the scratch folder."""

import json
import sys
from pathlib import Path


def main() -> None:
    """Read what to derive as JSON from standard input, and write each derived row as a line of JSON to a file."""
    told = json.load(sys.stdin)
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from traumatracker.web import rebuilding

    call_command("migrate", interactive=False, verbosity=0)
    with (Path(settings.HOME) / rebuilding.DERIVED).open("w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in rebuilding.beside(told, Path(settings.HOME)))
