"""A sign-in that is refused, with a reason that may stand in a log: it says nothing of anybody."""


class Refused(Exception):
    """A sign-in goes no further. `reason`: a word of REASONS, for the log; the page is the same for all of them."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(REASONS[reason])


REASONS = {
    "not_started": "no sign-in of this browser was waiting for this answer",
    "provider_refused": "the provider did not sign anybody in",
    "response_issuer": "the answer came from another issuer",
    "provider_away": "the provider could not be asked",
    "provider_metadata": "what the provider says of itself is not what was set up, or is not safe",
    "code_refused": "the provider did not take its own code",
    "no_token": "the provider gave no ID token",
    "signature": "the ID token's signature or algorithm is not one to trust",
    "claims": "a claim of the ID token is missing or wrong",
    "tenant": "the account is of another tenant",
    "guest": "the account is a guest's, or does not say that it is a member's",
    "amr": "the sign-in did not use a way of authenticating that is required",
    "not_fresh": "the provider did not ask again who it is",
    "userinfo": "the user information is of somebody else, or unreadable",
    "other_account": "somebody else confirmed than is signed in",
    "nobody": "the account fits nobody here",
    "person_taken": "another account is linked to that person",
}
