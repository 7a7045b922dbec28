"""Who signs in as whom, each of their sessions, and who holds an office."""

from django.db import models
from django.utils import timezone

from traumatracker.web.people.models import Person


class SignInAccount(models.Model):
    """An account of the force's identity provider: its issuer and subject, never an e-mail address or a name.

    `person`: linked once, at the first sign-in; empty for an account that only holds an office.
    """

    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    person = models.OneToOneField(Person, models.CASCADE, null=True, related_name="+")
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["issuer", "subject"], name="account_once"),)


class SignInSession(models.Model):
    """One signed-in browser. What ends it here ends it at once; the cookie alone opens nothing.

    `acting_as`: "self" or an office; `authenticated_at`: when the provider last asked who it is; `amr`: how;
    `browser`: a family and a system, for the person to know it again.
    """

    account = models.ForeignKey(SignInAccount, models.CASCADE, related_name="+")
    acting_as = models.CharField(max_length=20)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    authenticated_at = models.DateTimeField(null=True)
    amr = models.JSONField(default=list)
    browser = models.CharField(max_length=40, blank=True)


class OfficeGrant(models.Model):
    """An office given to one account, from one moment to another. Never changed but for its end."""

    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    office = models.CharField(max_length=20)
    granted_at = models.DateTimeField(default=timezone.now)
    until = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["issuer", "subject"], name="office_account"),)
