"""All settings in one place, read from the environment (and `.env`). A bad value stops the start with one sentence."""

import sys
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from config.common import mail
from config.environment import (
    BASE_DIR,
    env,
    env_amount,
    env_choice,
    env_dsn,
    env_folders,
    env_int,
    env_networks,
    env_parsed,
    env_prices,
    env_rate,
    env_redis,
)
from config.sign_in import *  # noqa: F403

# -- Core ---------------------------------------------------------------------------------------
INSECURE_SECRET_KEY = "insecure-only-for-development-and-tests"
SECRET_KEY = env.str("SECRET_KEY", default=INSECURE_SECRET_KEY)
# Former secret keys: what they signed, such as the audit trail, still verifies.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Set by `make run` and the tests: plain http on this machine is fine, so cookies need no https. Without it this is
# production, and config.checks refuses to start with what must not go live.
DEVELOPMENT = env.bool("REPLYWELL_DEV", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data")))

INSTALLED_APPS = [
    # For `runserver` alone, which it makes speak ASGI: it takes half a second to import.
    *(["daphne"] if "runserver" in sys.argv else []),
    "config",
    "support",
    "agents",
    "sessions_app",
    "knowledge",
    "config.common.audit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "corsheaders",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    *env.list("EXTRA_APPS", default=[]),
]
MIDDLEWARE = [
    "config.middleware.ForwardedMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.middleware.RequestIdMiddleware",
    "config.middleware.OriginMiddleware",
    "config.middleware.TimingMiddleware",
    "config.middleware.NoStoreMiddleware",
    "config.middleware.ErrorMiddleware",
    "config.middleware.TrailingSlashMiddleware",
    "config.middleware.RateLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.static_files.SourceTree" if DEVELOPMENT else "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.middleware.StaffSessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_USE_FINDERS = DEVELOPMENT  # `make run` serves straight from the source tree
SERVESTATIC_AUTOREFRESH = DEBUG
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False  # the API answers with and without; pages name their own slash

# -- Database -----------------------------------------------------------------------------------
# DB_POOL_SIZE is set by config.asgi alone: a web process pools, a Celery worker or a command does not.
DB_POOL_SIZE = env_int("DB_POOL_SIZE", 0, 0)
DB_EXECUTOR_THREADS = env_int("DB_EXECUTOR_THREADS", 8, 1)
DATABASES: dict[str, dict[str, Any]] = {"default": env.db("DATABASE_URL", default="postgresql:///replywell")}
DATABASES["default"].update(ENGINE="django.db.backends.postgresql", CONN_MAX_AGE=0, CONN_HEALTH_CHECKS=True)
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 5)
# Allows prepared statements, which `db.rows` asks for: Django's own cursors never do.
DATABASES["default"]["OPTIONS"].setdefault("prepare_threshold", 5)
if DB_POOL_SIZE:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": DB_POOL_SIZE, "timeout": 5}

# How long `manage.py migrate` waits for a lock while others wait behind it.
MIGRATION_LOCK_SECONDS = env_int("MIGRATION_LOCK_SECONDS", 2, 1)

# -- Redis, channel layers, Celery --------------------------------------------------------------
_redis = env_redis("REDIS_URL", "redis://127.0.0.1:6379/0")
REDIS_URL = _redis.url
# Wake-ups and deltas have a layer each, so that a flood of the one cannot crowd out the other. Both may lose
# messages: the truth is read from PostgreSQL by seq.
CHANNEL_LAYERS = {
    alias: {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [_redis.channel_host()], "prefix": f"rw.{alias}"},
    }
    for alias in ("default", "deltas")
}
# Celery cannot use a cluster: with one, a broker of its own is required (replywell.E005).
_broker = env_redis("CELERY_BROKER_URL", REDIS_URL)
CELERY_BROKER_URL, _broker_options = _broker.broker()
CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": "required"} if _broker.kind == "sentinel" and _broker.tls else None
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "knowledge.tasks.*": {"queue": "ingest"},
    "support.escalation.tasks.*": {"queue": "ingest"},
    "support.tasks.run_turn": {"queue": "ai"},
    "support.notifications.tasks.*": {"queue": "webhooks"},
    "support.second_factor.tasks.*": {"queue": "webhooks"},
    "support.verification.tasks.*": {"queue": "webhooks"},
    "support.webhooks.tasks.*": {"queue": "webhooks"},
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The timeouts are for those who publish while Redis is stopped; workers wait without them, on their event loop.
_timeouts = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0}
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, **_timeouts, **_broker_options}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}

# -- Model and embeddings -----------------------------------------------------------------------
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="")
OPENAI_MODEL = env.str("OPENAI_MODEL", default="gpt-4o-mini")
OPENAI_FALLBACK_MODEL = env.str("OPENAI_FALLBACK_MODEL", default="")
OPENAI_FALLBACK_BASE_URL = env.str("OPENAI_FALLBACK_BASE_URL", default="")
OPENAI_FALLBACK_API_KEY = env.str("OPENAI_FALLBACK_API_KEY", default="")
MODEL_BREAKER_FAILURES = env_int("MODEL_BREAKER_FAILURES", 5, 0)
# What may be spent: tokens, and money by these prices; 0 is no limit.
MODEL_PRICES = env_prices("MODEL_PRICES")
MODEL_CONVERSATION_TOKENS = env_int("MODEL_CONVERSATION_TOKENS", 300_000, 0)
MODEL_CONVERSATION_COST = env_amount("MODEL_CONVERSATION_COST")
MODEL_DAY_TOKENS = env_int("MODEL_DAY_TOKENS", 0, 0)
MODEL_DAY_COST = env_amount("MODEL_DAY_COST")
LLM_CONFIGURED = bool(OPENAI_API_KEY or OPENAI_BASE_URL)
LLM_FIRST_TOKEN_SECONDS = 8.0
LLM_BETWEEN_TOKENS_SECONDS = 8.0
LLM_TOTAL_SECONDS = 38.0
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="") or "sentence-transformers/all-MiniLM-L6-v2"
MODEL_DIR = Path(env.str("MODEL_DIR", default=str(DATA_DIR / "models")))

# -- Sources ------------------------------------------------------------------------------------
# Folders below which sources may read; without any, no source reads a folder.
SOURCE_FOLDERS = env_folders("SOURCE_FOLDERS")

# -- Webhooks -----------------------------------------------------------------------------------
WEBHOOK_TIMEOUT_SECONDS = env_int("WEBHOOK_TIMEOUT_SECONDS", 10, 1)
WEBHOOK_RETENTION_DAYS = env_int("WEBHOOK_RETENTION_DAYS", 30, 0)

# -- Sessions -----------------------------------------------------------------------------------
SESSION_TTL_SECONDS = env_int("SESSION_TTL_SECONDS", 7 * 24 * 3600, 60)
SESSION_ENCRYPTION_KEYS = env.list("SESSION_ENCRYPTION_KEYS", default=[])

# -- HTTP ---------------------------------------------------------------------------------------
RATE_LIMIT_MESSAGES = env_rate("RATE_LIMIT_MESSAGES", "20/m")
RATE_LIMIT_HTTP = env_rate("RATE_LIMIT_HTTP", "300/m")
RATE_LIMIT_SESSIONS = env_rate("RATE_LIMIT_SESSIONS", "30/m")
RATE_LIMIT_CODES = env_rate("RATE_LIMIT_CODES", "20/h")
RATE_LIMIT_MODEL_TOKENS = env_rate("RATE_LIMIT_MODEL_TOKENS", "1000000/h")
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
# Inner networks that sources, webhooks and tools may reach (config.common.fetch); the public internet always is.
FETCH_ALLOWED_NETWORKS = env_networks("FETCH_ALLOWED_NETWORKS")
# The inboxes' own sites are added to these at run time (sessions_app.sites).
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/(api/|health|livez|readyz|widget\.js)"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "x-request-id", "last-event-id"]
CORS_EXPOSE_HEADERS = ["X-Request-ID", "Server-Timing", "Retry-After"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEVELOPMENT
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "SAMEORIGIN"  # the chat page is exempt; its frame-ancestors are its inbox's sites
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0 if DEVELOPMENT else 31_536_000
# What `check --deploy` would say of it: the proxy in front redirects to https (W008); whether it does so for other subdomains
# is not ours to promise (W005, W021); our own pages may frame our own (W019).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W019", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [SELF],
    }
}

# -- Staff --------------------------------------------------------------------------------------
# The first takes away what is not for those who are limited to some inboxes (docs/staff.md).
AUTHENTICATION_BACKENDS = ["support.workplaces.permissions.Limits", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/admin/login/"
# Tries to sign in, for each address and for each name; those that succeed do not count against the name.
RATE_LIMIT_SIGN_IN = env_rate("RATE_LIMIT_SIGN_IN", "20/m")
RATE_LIMIT_SIGN_IN_NAME = env_rate("RATE_LIMIT_SIGN_IN_NAME", "30/h")
# A session of staff ends so long after its last request, and so long after the sign-in at the latest.
SESSION_COOKIE_AGE = env_int("STAFF_IDLE_SECONDS", 8 * 3600, 300)
STAFF_SESSION_SECONDS = env_int("STAFF_SESSION_SECONDS", 7 * 24 * 3600, 300)
# Entries of the audit trail are kept for so long; 0: for ever.
AUDIT_RETENTION_DAYS = env_int("AUDIT_RETENTION_DAYS", 400, 0)

# -- REST ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "sessions_app.authentication.CustomerAuthentication",
        "sessions_app.authentication.ApiKeyAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.common.scopes.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.common.api.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "config.common.api.Pagination",
    "EXCEPTION_HANDLER": "config.common.api.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Replywell",
    "DESCRIPTION": "Customer conversations, knowledge and webhooks. Errors are RFC 9457 problem documents.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "StateEnum": "support.models.Conversation.State",
        "DeliveryStateEnum": "support.models.WebhookDelivery.State",
    },
}

# -- Mail, telemetry, logs ----------------------------------------------------------------------
_mail = env_parsed("EMAIL_URL", "consolemail://", mail.parse)
vars().update(_mail)
EMAIL_TIMEOUT = env_int("EMAIL_TIMEOUT", 10, 1)
# Where people reach this installation: what links in e-mails begin with.
PUBLIC_URL = env_parsed("PUBLIC_URL", mail.public_url(ALLOWED_HOSTS), mail.parse_public_url)
DEFAULT_FROM_EMAIL = env_parsed("DEFAULT_FROM_EMAIL", mail.sender(_mail, PUBLIC_URL), mail.parse_sender)
SENTRY_DSN = env_dsn("SENTRY_DSN")
METRICS_PORT = env_int("METRICS_PORT", 0, 0)
# The SDK reads the standard variables by itself; these decide whether it is loaded at all.
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="") or env.str(
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", default=""
)
env_choice("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", {"http/protobuf"})  # the exporter that is installed
_traces_exporter = env_choice("OTEL_TRACES_EXPORTER", "otlp", {"otlp", "none"})
_is_disabled = env_choice("OTEL_SDK_DISABLED", "false", {"true", "false"}) == "true"
TRACING = bool(OTEL_EXPORTER_OTLP_ENDPOINT) and _traces_exporter == "otlp" and not _is_disabled
TRACE_CONTENT = env.bool("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", default=False)
OTEL_SERVICE_NAME = env.str("OTEL_SERVICE_NAME", default="") or "replywell"
LOG_LEVEL = env_choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"})
LOG_FORMAT = env_choice("LOG_FORMAT", "console" if DEVELOPMENT else "json", {"json", "console"})
LOGGING_CONFIG = None  # config.telemetry sets logging up

# -- Conversations ------------------------------------------------------------------------------
MESSAGE_MAX_CHARACTERS = 8_000
RUN_LEASE_SECONDS = 10
RUN_RENEW_SECONDS = 5
CLAIM_IDLE_SECONDS = env_int("CLAIM_IDLE_SECONDS", 15 * 60, 30)
ACTION_SECONDS = env_int("ACTION_SECONDS", 15 * 60, 30)
VERIFIED_ADDRESS_DAYS = env_int("VERIFIED_ADDRESS_DAYS", 30, 1)
CONVERSATION_IDLE_DAYS = env_int("CONVERSATION_IDLE_DAYS", 30, 0)
# For so long an identified customer's other conversations are remembered in a new one; 0: never.
CUSTOMER_MEMORY_DAYS = env_int("CUSTOMER_MEMORY_DAYS", 30, 0)

# -- Retention ----------------------------------------------------------------------------------
# Days; 0: for ever (support.privacy.retention).
RETENTION_CONVERSATIONS_DAYS = env_int("RETENTION_CONVERSATIONS_DAYS", 0, 0)
RETENTION_CUSTOMERS_DAYS = env_int("RETENTION_CUSTOMERS_DAYS", 0, 0)
RETENTION_MEMORY_DAYS = env_int("RETENTION_MEMORY_DAYS", 0, 0)
RETENTION_RUN_DETAILS_DAYS = env_int("RETENTION_RUN_DETAILS_DAYS", 0, 0)
RETENTION_SIMULATIONS_DAYS = env_int("RETENTION_SIMULATIONS_DAYS", 90, 0)
RETENTION_SPENDING_DAYS = env_int("RETENTION_SPENDING_DAYS", 0, 0)
