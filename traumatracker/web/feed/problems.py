"""The answers to a request of which no message was taken: a stable word, and what to do."""

from django.http import JsonResponse

from traumatracker.sources.feed.body import MESSAGES, REQUEST_BYTES
from traumatracker.sources.feed.reasons import meaning

# word → status code and what to do. The same for a token that is absent, wrong or revoked.
PROBLEMS: dict[str, tuple[int, str]] = {
    "not_json": (400, meaning("not_json")),
    "empty": (400, "There is no message in the request. Send one, with its Content-Length."),
    "token": (401, "Send a valid token as `Authorization: Bearer TOKEN`."),
    "not_for_demonstration": (
        403,
        "This installation takes made-up or published data only, and this profile is neither.",
    ),
    "method": (405, "Use a method that the Allow header names."),
    "request_too_large": (413, f"A request may hold {REQUEST_BYTES} bytes. Send fewer messages at once."),
    "too_many_messages": (413, f"A request may hold {MESSAGES} messages. Send fewer at once."),
    "media_type": (415, "Send one message as application/json, or one on each line as application/x-ndjson."),
    "too_fast": (429, "Nothing was taken. Wait for the seconds of Retry-After, then send the same again."),
    "not_stored": (503, "Nothing was taken, because it could not be stored. Send the same again after Retry-After."),
}


def problem(word: str, *, retry_after: int = 0) -> JsonResponse:
    """Return the answer to a request that was refused whole. `retry_after`: seconds, 0 for no such header."""
    status, what_to_do = PROBLEMS[word]
    answer = JsonResponse({"error": word, "what_to_do": what_to_do}, status=status)
    if retry_after:
        answer["Retry-After"] = str(retry_after)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer
