"""What writes: accounts and their one link to a person, sessions from first to last, offices."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from traumatracker.errors import CannotRun
from traumatracker.web.clock import today
from traumatracker.web.durable import on_disk, turn
from traumatracker.web.people.models import Person
from traumatracker.web.signin.models import OfficeGrant, SignInAccount, SignInSession
from traumatracker.web.signin.offices import office_called
from traumatracker.web.signin.reads import SELF, holds_today, offices_of
from traumatracker.web.signin.refusal import Refused
from traumatracker.web.signin.tokens import Identity


@on_disk()
def begin(identity: Identity, browser: str) -> int:
    """Return the id of a new session of whoever the provider named. Raises Refused when that is nobody here."""
    turn("account", identity.issuer, identity.subject)
    account = _account(identity)
    offices = offices_of(identity.issuer, identity.subject)
    in_service = account.person is not None and _is_in_service(account.person)
    if not in_service and not offices:
        raise Refused("nobody")
    account.last_at = timezone.now()
    account.save()
    return SignInSession.objects.create(
        account=account,
        acting_as=SELF if in_service else offices[0],
        authenticated_at=identity.authenticated_at,
        amr=list(identity.amr),
        browser=browser,
    ).id


def _account(identity: Identity) -> SignInAccount:
    """Return the account, linked to its person: at the first sign-in by the person claim, and never by it again."""
    key = {"issuer": identity.issuer, "subject": identity.subject}
    account = SignInAccount.objects.filter(**key).select_related("person").first() or SignInAccount(**key)
    if account.person is None and identity.person:
        turn("person's account", identity.person)
        person = Person.objects.filter(_in_service(), hr_ref=identity.person).first()
        if person is not None and SignInAccount.objects.filter(person=person).exists():
            raise Refused("person_taken")
        account.person = person
    return account


def _in_service() -> Q:
    return Q(left_on=None) | Q(left_on__gt=today())


def _is_in_service(person: Person) -> bool:
    return person.left_on is None or person.left_on > today()


@on_disk()
def act_as(*, session_id: int, role: str) -> bool:
    """Let a session act for its person ("self") or for an office it holds. False when it may not."""
    session = SignInSession.objects.select_related("account__person").filter(id=session_id, ended_at=None).first()
    if session is None:
        return False
    account = session.account
    if role == SELF:
        may = account.person is not None and _is_in_service(account.person)
    else:
        may = role in offices_of(account.issuer, account.subject)
    if may:
        SignInSession.objects.filter(id=session_id).update(acting_as=role)
    return may


@on_disk()
def confirm(*, session_id: int, identity: Identity) -> None:
    """Note that the provider asked again who it is. Raises Refused when it was somebody else, or the session ended."""
    mine = SignInSession.objects.filter(
        id=session_id, ended_at=None, account__issuer=identity.issuer, account__subject=identity.subject
    )
    if not mine.update(authenticated_at=identity.authenticated_at, amr=list(identity.amr)):
        raise Refused("other_account")


def seen(*, session_id: int, at: datetime) -> None:
    """Note that somebody is there; lost with a power cut at worst, which ends the session the sooner."""
    SignInSession.objects.filter(id=session_id, ended_at=None).update(seen_at=at)


@on_disk()
def end(*, session_id: int) -> None:
    """End one session, from the next request on."""
    SignInSession.objects.filter(id=session_id, ended_at=None).update(ended_at=timezone.now())


@on_disk()
def end_own(*, person: UUID, session_id: int | None) -> int:
    """End one session of a person, or all (None); return how many. Another person's is never touched."""
    mine = SignInSession.objects.filter(account__person=person, ended_at=None)
    if session_id is not None:
        mine = mine.filter(id=session_id)
    return mine.update(ended_at=timezone.now())


@on_disk()
def end_all_of(*, hr_ref: str, unlink: bool = False) -> int:
    """End every session of a person and return how many. `unlink`: also forget which account is theirs, so that the
    next one whose claim says so is linked. Raises CannotRun when nobody has the reference.
    """
    person = Person.objects.filter(hr_ref=hr_ref).first()
    if person is None:
        raise CannotRun("Nobody in the HR file has this reference. Look it up there and try again.")
    ended = SignInSession.objects.filter(account__person=person, ended_at=None).update(ended_at=timezone.now())
    if unlink:
        SignInAccount.objects.filter(person=person).update(person=None)
    return ended


@on_disk()
def grant(*, issuer: str, subject: str, office: str, until: date | None) -> None:
    """Give an account an office until the end of a day, or for good. Raises CannotRun: no such office, no subject."""
    word = office_called(office)
    if not 0 < len(subject) <= OfficeGrant._meta.get_field("subject").max_length:
        raise CannotRun("Give the account's subject as the provider writes it; with Entra ID its object id.")
    if until is not None and until < today():
        raise CannotRun("The last day has passed. Choose one to come.")
    turn("office", issuer, subject)
    standing = OfficeGrant.objects.filter(holds_today(), issuer=issuer, subject=subject, office=word)
    standing.update(revoked_at=timezone.now())  # the new grant says until when
    OfficeGrant.objects.create(issuer=issuer, subject=subject, office=word, until=until)


@on_disk()
def revoke(*, issuer: str, subject: str, office: str) -> int:
    """Take an office from an account, from its next request on; return how many grants that ended."""
    held = OfficeGrant.objects.filter(issuer=issuer, subject=subject, office=office_called(office), revoked_at=None)
    return held.update(revoked_at=timezone.now())
