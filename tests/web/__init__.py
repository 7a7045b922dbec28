"""The pages, one request at a time."""
