"""The WSGI application. Importing it refuses any mode but demonstration."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "traumatracker.web.settings")

from django.core.wsgi import get_wsgi_application

from traumatracker.web.mode import require_demonstration

require_demonstration()
application = get_wsgi_application()
