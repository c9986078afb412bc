"""Settings: without what would only slow it down (sessions, authentication, browsable pages).

Connections stay open and SQLite writes ahead, as Django's documentation advises.
"""

import os

import sqlalchemy as sa

_URL = sa.make_url(os.environ["DATABASE_URL"])
_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": _URL.database,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
    },
}
_POSTGRES = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": _URL.database,
    "USER": _URL.username,
    "HOST": _URL.query.get("host", _URL.host),
}

SECRET_KEY = "not a secret: no session, no form, no signature"
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {"default": {**(_SQLITE if _URL.get_backend_name() == "sqlite" else _POSTGRES), "CONN_MAX_AGE": None}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
INSTALLED_APPS = ["django_filters", "rest_framework", "bench.peers.drf"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "UNAUTHENTICATED_USER": None,
}
ROOT_URLCONF = "bench.peers.drf.views"
TIME_ZONE = "UTC"
USE_TZ = True
