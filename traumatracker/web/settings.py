"""Settings of the web application. Everything a force sets comes from the environment; nothing is secret here."""

import os
import secrets
from datetime import date
from pathlib import Path

from traumatracker.errors import CannotRun
from traumatracker.web.signin import config as sign_in
from traumatracker.web.stores import casework

HOME = Path(os.environ.get("TRAUMATRACKER_HOME", "var")).resolve()
MODE = os.environ.get("TRAUMATRACKER_MODE", "")  # checked when pages start, see web.mode
SIGN_IN = sign_in.provider(os.environ)  # checked likewise
IS_FORCE = MODE == sign_in.FORCE

HOME.mkdir(mode=0o700, parents=True, exist_ok=True)


def _secret_key() -> str:
    """Return the signing key from the environment, or one made once and kept readable by its owner only."""
    if key := os.environ.get("TRAUMATRACKER_SECRET_KEY"):
        return key
    path = HOME / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(key := secrets.token_urlsafe(50))
    return key


def _whole_number(name: str, otherwise: int) -> int:
    text = os.environ.get(name, "")
    if text and not (text.isascii() and text.isdigit()):
        raise CannotRun(f"{name} is not a whole number. Write it as {otherwise}, or leave it out.")
    return int(text) if text else otherwise


def _pinned_today() -> date | None:
    text = os.environ.get("TRAUMATRACKER_TODAY", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as bad:
        raise CannotRun("TRAUMATRACKER_TODAY is not a date. Write it as 2026-11-30, or leave it out.") from bad


SECRET_KEY = _secret_key()
TODAY = _pinned_today()  # a fixed "today" for tests and demonstrations on older data; None is the real date
FEED_MESSAGES_A_SECOND = _whole_number("TRAUMATRACKER_FEED_MESSAGES_A_SECOND", 200)  # of each token; 0 is no limit
DEBUG = False
ALLOWED_HOSTS = os.environ.get("TRAUMATRACKER_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
ROOT_URLCONF = "traumatracker.web.urls"
WSGI_APPLICATION = "traumatracker.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# No admin site and no accounts of its own: a way in that the gatekeeper does not guard cannot be left open.
INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "traumatracker.web.people",
    "traumatracker.web.exposure",
    "traumatracker.web.intake",
    "traumatracker.web.feed",
    "traumatracker.web.steward",
    "traumatracker.web.desk",
    "traumatracker.web.signin",
]
MIDDLEWARE = [
    "traumatracker.web.middleware.Headers",  # outermost: a refusal is no more to be kept than a page
    "traumatracker.web.middleware.Numbered",
    "traumatracker.web.middleware.PlainText",
    "traumatracker.web.middleware.SafeMode",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "traumatracker.web.signin.sessions.Standing",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "builtins": ["traumatracker.web.figures"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "traumatracker.web.frame.frame",
            ],
        },
    }
]

DATABASES = {"default": casework(os.environ.get("DATABASE_URL", ""), HOME)}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = False  # one language: no catalogue is looked up for each word and number
DATE_FORMAT = "j F Y"

STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "static"]
WHITENOISE_USE_FINDERS = True  # served from the package: nothing to collect before the first page
WHITENOISE_MAX_AGE = 3600

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = (10 if IS_FORCE else 8) * 60 * 60  # one shift; web.signin.limits ends a session sooner
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if IS_FORCE else "sessionid"  # __Host-: from this host alone, over HTTPS
CSRF_USE_SESSIONS = True
SECURE_COOKIES = os.environ.get("TRAUMATRACKER_HTTPS", "") == "yes"
SESSION_COOKIE_SECURE = SECURE_COOKIES
SECURE_SSL_REDIRECT = SECURE_COOKIES
# `serve` listens on this machine alone, so only a proxy on it can say that a request came by HTTPS.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_FORCE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
CSRF_FAILURE_VIEW = "traumatracker.web.views.forbidden"
SECURE_REFERRER_POLICY = "same-origin"  # with "no-referrer" browsers send forms without an origin
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS: list[str] = []

# Paths and parameters of a person's page are not written to any log, refused forms and hosts included. A page that
# fails writes one line of its own (web.views.failed).
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {name: {"level": "CRITICAL"} for name in ("django.request", "django.security")},
}
