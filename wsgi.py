"""The entry for WSGI servers: `gunicorn wsgi:app`."""

from diarium.app import create_app

app = create_app()
