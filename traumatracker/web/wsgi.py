"""The WSGI application. Importing it refuses a mode that is not set up."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traumatracker.web.settings")

from django.core.wsgi import get_wsgi_application

from traumatracker.web.mode import require_mode

require_mode()
application = get_wsgi_application()
