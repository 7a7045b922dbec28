"""The kinds of link between two incidents, and why one is left to a person. The words are in docs/reference/linking.md.

A link is read "from … to": the duplicate is `duplicate_of` the other, the part split off is `split_from` the whole.
"""

SAME_INCIDENT, CRIME_OF_LOG, DUPLICATE_OF = "same_incident", "crime_of_log", "duplicate_of"
MERGED_INTO, SPLIT_FROM, TRANSFERRED_TO = "merged_into", "split_from", "transferred_to"
# Only a person says this: whatever the systems link, these two are not the same.
NOT_THE_SAME = "not_the_same"

# Kinds that make one event of the two; a part that was split off is an event of its own.
JOINING = (SAME_INCIDENT, CRIME_OF_LOG, DUPLICATE_OF, MERGED_INTO, TRANSFERRED_TO)
KINDS = (*JOINING, SPLIT_FROM)

# Kinds that have a direction: if they lead back to where they began, at least one of them is wrong.
ONE_WAY = (DUPLICATE_OF, MERGED_INTO, SPLIT_FROM)

# Source: judgement. A crime is written up within days of its log; logs of one crime further apart are more likely a
# reference typed wrongly than one event, and one person's two events would silently become one.
FAR_APART_DAYS = 7

# Why a link is doubtful, the first that fits.
DECIDED_BOTH_WAYS = "decided_both_ways"
UNKNOWN_KIND = "unknown_kind"
NOT_IN_RECORD = "not_in_record"
GOES_ROUND = "goes_round"
TWO_ORIGINALS = "two_originals"
FAR_APART = "far_apart"
REASONS = (DECIDED_BOTH_WAYS, UNKNOWN_KIND, NOT_IN_RECORD, GOES_ROUND, TWO_ORIGINALS, FAR_APART)
