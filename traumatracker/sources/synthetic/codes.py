"""The code table of the made-up force: numbers and names of a published list, and a few codes of its own.

Source: the Metropolitan Police list, MPS-codes (docs/sources.md). The codes starting with L are made up; no criteria
pack knows them, which is how a force's own additions look to everybody else.
"""

_CLOSING = {
    "001": "Violence against the person", "002": "Sexual offences", "003": "Burglary dwelling", "004": "Burglary other",
    "005": "Robbery", "006": "Theft of motor vehicle", "007": "Theft from motor vehicle", "008": "Thefts other",
    "010": "Criminal damage", "012": "Bomb threat", "013": "Shoplifting", "016": "Unlisted crime", "018": "Rape",
    "100": "RTC damage only", "101": "RTC injury", "102": "Highway disruption", "103": "Road related offence",
    "104": "Rail, air or marine incident", "105": "RTC death", "202": "Rowdy or inconsiderate",
    "204": "Nuisance neighbours", "214": "Personal ASB", "215": "Nuisance ASB", "301": "Licensing",
    "302": "Natural disaster, incident or warning", "304": "Domestic incident", "305": "Civil disputes",
    "306": "Suspicious package or object", "307": "Animals, pets or domesticated",
    "308": "Collapse, illness, injury or trapped", "309": "Concern for safety", "311": "Missing person",
    "312": "Wanted, court order or bail", "313": "Sudden death", "314": "Suspicious circumstances", "316": "Alarm",
    "318": "Alarm", "320": "Firearms", "322": "Protest or demonstration", "324": "Wildlife",
    "502": "Messages", "503": "Police generated resource activity", "505": "Error", "506": "Duplicate",
    "509": "Test or training",
    "L14": "Welfare check (local)", "L21": "Missing returned, partner home (local)",
    "L31": "Street triage attended (local)", "L52": "Hotspot patrol (local)",
}  # fmt: skip
_QUALIFIERS = {
    "404": "Urgent assistance", "604": "Critical incident", "605": "Major incident", "606": "Domestic crime",
    "609": "Child or young person at risk", "626": "Serious", "633": "Knife or bladed article",
    "658": "Firearm discharged", "659": "Imitation firearm", "660": "Firearm injury", "662": "Firearm seen",
    "663": "Firearm not seen", "664": "River, lake or canal", "666": "Chemical or radiation", "670": "Suspect armed",
    "671": "Explosion", "675": "Missing person's safe and well check", "L44": "Rural crime partner (local)",
}  # fmt: skip
CODES = {("NSIR", code): name for code, name in _CLOSING.items()} | {
    ("QUALIFIER", code): name for code, name in _QUALIFIERS.items()
}
