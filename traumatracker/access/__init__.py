"""Who may see what. Pure: words in, a decision and its reason out; no web, no database, no clock."""
