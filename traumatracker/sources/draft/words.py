"""Words that names of columns are made of. Source: judgement, from the shapes in the profiles that ship."""

import re


def _of(text: str) -> frozenset[str]:
    return frozenset(text.split())


CHANGED = _of("updated modified changed amended version lastupdate")
CODE = _of(
    """
    code codes class classification type category offence crime result disposal disposition closing opening
    nature qualifier nsir ucr nibrs homc grade priority
    """
)
FREE = _of(
    """
    notes note narrative details detail comment comments remarks remark text summary mo description desc
    message
    """
)
KEY = _of("id urn ref reference number no num incident log key seq")
NAMES = _of("name names forename forenames firstname surname lastname fullname title initials")
OFFICER = _of("officer officers collar badge warrant shoulder employee emp staff pc oic operator constable unitofficer")
PERSONAL = _of("dob birth yob age gender sex race ethnicity ethnic religion disability nationality pregnancy marital")
PLACE = _of(
    """
    address addr street road postcode postal zip zipcode house lat latitude lon long longitude easting
    northing location block city town grid gridref uprn beat state
    """
)
PUBLIC = _of("victim suspect subject caller complainant witness offender informant aggrieved accused nominal person")
REACH = _of("phone tel telephone mobile email mail")
ROLE = _of("role capacity part")
STATUS = _of("status state flag closed cancelled attended restricted outcome resolution domestic")
UNIT = _of(
    """
    callsign csign resource unit squad team station district division sector bcu ward watch shift section
    precinct
    """
)
VOCABULARY = CHANGED | CODE | FREE | KEY | NAMES | OFFICER | PERSONAL | PLACE | PUBLIC | REACH | ROLE | STATUS | UNIT


def words_of(name: str) -> set[str]:
    """Return the words of a column's name: "Last_Updated", "lastUpdated" and "last updated" are the same two."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    joined = re.sub(r"[^a-z]", "", name.casefold())  # "Post_Code" is a postcode
    return {joined, *(word for word in re.split(r"[^a-z]+", spaced.casefold()) if word)}
