"""Their files, read by profile: what a force's systems wrote, turned into rows of the record."""
