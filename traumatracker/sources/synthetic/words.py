"""Names and places of a force that does not exist. Nothing here is taken from a list of real people."""

FIRST_NAMES_F = (
    "Amina", "Bethan", "Carys", "Delia", "Esther", "Farah", "Greta", "Hannah", "Imogen", "Jasmin", "Kerry", "Leila",
    "Morag", "Nadia", "Orla", "Priya", "Rhona", "Sadie", "Tamsin", "Una", "Verity", "Wanda", "Yasmin", "Zara",
    "Alison", "Brenda", "Chloe", "Donna", "Ellen", "Freya", "Gillian", "Holly",
)  # fmt: skip
FIRST_NAMES_M = (
    "Aled", "Bashir", "Callum", "Declan", "Ewan", "Faisal", "Gareth", "Hamish", "Idris", "Jerome", "Kieran", "Liam",
    "Marcus", "Nikhil", "Owen", "Patrick", "Rashid", "Stuart", "Tobias", "Usman", "Vikram", "Wesley", "Yusuf", "Zach",
    "Alfie", "Bruno", "Conor", "Dylan", "Ellis", "Fergus", "Graham", "Howard",
)  # fmt: skip
SURNAME_HEADS = (
    "Ash", "Birk", "Cald", "Dun", "Elm", "Fairn", "Gor", "Hath", "Kel", "Lang", "Mar", "North", "Old", "Pem", "Ran",
    "Sel", "Thorn", "Wether", "Yar", "Brack", "Cran", "Farn", "Hol", "Stan",
)  # fmt: skip
SURNAME_TAILS = ("beck", "bury", "combe", "croft", "dale", "field", "ford", "gate", "ham", "ley", "more", "shaw",
                 "stead", "thwaite", "ton", "wick", "wood", "worth")  # fmt: skip

DISTRICTS = (
    ("North Vale", "NV"), ("South Vale", "SV"), ("Harbour", "HB"), ("Moorside", "MS"), ("Castle", "CS"),
    ("Riverside", "RV"), ("Westmarch", "WM"), ("Eastholme", "EH"), ("Highfold", "HF"), ("Lowmead", "LM"),
    ("Greenway", "GW"), ("Kingsmere", "KM"),
)  # fmt: skip

# What a beat is like decides which calls come from it.
BEAT_KINDS = ("centre", "centre", "estate", "estate", "estate", "rural", "rural", "rural")

# Self-defined ethnicity, 16+1, as codes. Shares: judgement, near to the officer figures forces publish
# (about nine in ten White British or other White), with one in thirty not stated.
ETHNICITY_16_1 = (
    ("W1", 828), ("W2", 9), ("W9", 35), ("M1", 9), ("M2", 3), ("M3", 8), ("M9", 6), ("A1", 14), ("A2", 18),
    ("A3", 7), ("A9", 8), ("B1", 7), ("B2", 7), ("B9", 2), ("O1", 3), ("O9", 4), ("NS", 32),
)  # fmt: skip
RELIGION = (("NONE", 420), ("CHRISTIAN", 400), ("MUSLIM", 32), ("HINDU", 8), ("SIKH", 9), ("JEWISH", 3),
            ("BUDDHIST", 5), ("OTHER", 13), ("PNTS", 110))  # fmt: skip
ORIENTATION = (("HETEROSEXUAL", 830), ("GAY-LESBIAN", 45), ("BISEXUAL", 25), ("OTHER", 5), ("PNTS", 95))
DISABILITY = (("N", 880), ("Y", 65), ("PNTS", 55))
