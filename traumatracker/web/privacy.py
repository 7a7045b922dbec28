"""What every stored field is, and how long it may be kept. A field without a declaration fails a test."""

from typing import NamedTuple

# Privacy classes, from least to most sensitive.
CLASSES = {
    "structure": "how the force is organised; no person",
    "operation": "how a job ran; counts only, no person",
    "identity": "who someone is, as the HR file says",
    "exposure": "what someone was exposed to; treated as health data",
    "choice": "what someone decided about their own record; never shown to their line",
    "audit": "who looked at whom, and why",
}

# Retention rules. Source: proposals of the data protection design; a force decides in its own assessment.
RETENTION = {
    "while_employed": "removed when the person's record is erased after leaving",
    "five_years": "five years from the day of the event, or longer where the force may keep it",
    "with_person": "as long as the person's record",
    "six_years": "six years from the day it was written",
    "operations": "two years",
}


class Privacy(NamedTuple):
    """One field's privacy class and retention rule, each a key of the tables above."""

    privacy_class: str
    retention: str
