"""Who to talk to outside the force. A force changes these in its settings; check each before every release."""

from typing import NamedTuple


class Line(NamedTuple):
    """One way to reach somebody: `href` dials or texts it from a phone."""

    name: str
    number: str
    href: str
    words: str


# Source: Oscar Kilo and Police Federation pages; Samaritans, Police Care UK, NHS; the text line is from a 2019 source.
# The first is the best fit: national since July 2025, and it shares nothing with the force.
LINES = (
    Line(
        "Police Mental Health Crisis Line",
        "0300 131 2789",
        "tel:03001312789",
        "any time; counsellors who know policing; nothing is shared with the force",
    ),
    Line("Samaritans", "116 123", "tel:116123", "any time, free"),
    Line(
        "Police Care UK",
        "0300 012 0030",
        "tel:03000120030",
        "for anyone in the police family, in confidence; office hours, check before you rely on it",
    ),
    Line("NHS urgent mental health help", "111, option 2", "tel:111", "any time, in England"),
    Line("Text BLUELIGHT", "to 85258", "sms:85258", "any time, if you would rather not talk"),
)
