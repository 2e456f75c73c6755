"""The settings, with all environment variables and their defaults. A wrong value stops the start with one message."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from aira_site.logs import configure
from aira_site.mail import MAIL_TIMEOUT_S, MailSettingsError, mail_settings
from redis_models.embedded.server import embedded_url
from redis_models.endpoint import EndpointError, endpoint_from

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY_MIN_LENGTH = 32


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


def _origins(values: list[str]) -> list[str]:
    if any(not re.fullmatch(r"https?://[^/\s?#*]+", value) for value in values):
        raise ValueError("each origin is a scheme and a host, such as https://app.example")
    return values


def _digests(values: list[str]) -> list[str]:
    if any(not re.fullmatch(r"[0-9A-Fa-f]{64}", value) for value in values):
        raise ValueError("each is the SHA-256 digest of a key, as 64 hex digits")
    return [value.lower() for value in values]


def _long_or_none(value: SecretStr) -> SecretStr:
    if 0 < len(value) < SECRET_KEY_MIN_LENGTH:
        raise ValueError(f"it must be at least {SECRET_KEY_MIN_LENGTH} characters")
    return value


Strings = Annotated[list[str], NoDecode, BeforeValidator(_split)]


class Environment(BaseSettings):
    """The variables of docs/configuration.md, in lower case and without the prefix AIRA_."""

    model_config = SettingsConfigDict(env_prefix="AIRA_", extra="ignore", hide_input_in_errors=True)

    redis_url: SecretStr = Field(default=SecretStr(""), validation_alias="REDIS_URL")
    kv_url: SecretStr = Field(default=SecretStr(""), validation_alias="KV_URL")
    kv_rest_api_url: SecretStr = Field(default=SecretStr(""), validation_alias="KV_REST_API_URL")
    kv_rest_api_token: SecretStr = Field(default=SecretStr(""), validation_alias="KV_REST_API_TOKEN")

    redis_timeout_s: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    redis_retries: int = Field(default=3, ge=0)
    redis_retry_delay_ms: int = Field(default=500, ge=0)
    request_budget_s: Annotated[float | None, BeforeValidator(_none_if_empty)] = Field(
        default=2.5, gt=0, allow_inf_nan=False
    )
    journal: Literal["ahead", "on_failure", "memory"] = "ahead"
    data_dir: Path = BASE_DIR / "var"
    trace: str = ""

    auth: Literal["required", "trusted"] = "required"
    service_keys: Annotated[Strings, AfterValidator(_digests)] = []
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_emails: Literal["verified", "unverified"] = "unverified"
    jwt_secret: SecretStr = SecretStr("")
    secret_key: Annotated[SecretStr, AfterValidator(_long_or_none)] = SecretStr("")
    secret_key_fallbacks: SecretStr = SecretStr("")
    allowed_hosts: Strings = ["localhost", "127.0.0.1", "[::1]"]
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s?#]+)?$")
    cors_origins: Annotated[Strings, AfterValidator(_origins)] = []
    trusted_proxies: int = Field(default=0, ge=0)
    hsts: Literal["host", "subdomains", "preload"] = "host"

    smtp_url: SecretStr = SecretStr("")
    mail_from: str = Field(default="", pattern=r"^([^\r\n]*@[^\r\n]+)?$")
    writes_a_minute: Annotated[int | None, BeforeValidator(_none_if_empty)] = Field(default=120, ge=1)

    model_url: str = ""
    model: str = ""
    model_key: SecretStr = SecretStr("")
    model_timeout_s: float = Field(default=60.0, gt=0, allow_inf_nan=False)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    debug: bool = False


def _environment() -> Environment:
    try:
        return Environment()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable = name if name.isupper() else f"AIRA_{name.upper()}"
        raise ImproperlyConfigured(f"{variable} has a wrong value: {first['msg']}.") from None


def secret_key(given: str, data_dir: Path) -> str:
    """Return the given key, else the key in the data dir; the first start creates that (mode 0600)."""
    path = data_dir / "secret-key"
    if given:
        return given
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            write_once(path, secrets.token_urlsafe(48))
        return path.read_text()
    except OSError:
        raise ImproperlyConfigured(
            "AIRA_SECRET_KEY is required, because the data dir cannot be written; "
            "set it to a long random text, or set AIRA_DATA_DIR to a writable folder."
        ) from None


def write_once(path: Path, text: str) -> None:
    """Write the file completely or not at all; if several processes write it, the first one wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def _check_provider() -> None:
    """Raise ImproperlyConfigured if the settings of another token provider are incomplete or wrong."""
    named = {"AIRA_OIDC_ISSUER": AIRA_OIDC_ISSUER, "AIRA_OIDC_AUDIENCE": AIRA_OIDC_AUDIENCE}
    missing = next((name for name, value in named.items() if not value), None)
    if missing and (any(named.values()) or AIRA_JWT_SECRET):
        raise ImproperlyConfigured(f"{missing} is required to accept another provider's tokens.")
    if AIRA_OIDC_ISSUER and not re.match(r"https://|http://(127\.0\.0\.1|localhost)[:/]", AIRA_OIDC_ISSUER):
        raise ImproperlyConfigured("AIRA_OIDC_ISSUER must be an https url, or http on this machine.")
    if AIRA_JWT_SECRET and len(AIRA_JWT_SECRET) < 32:
        raise ImproperlyConfigured("AIRA_JWT_SECRET must be at least 32 characters.")


env = _environment()

AIRA_DATA_DIR = env.data_dir.resolve()
AIRA_REDIS_TIMEOUT_S = env.redis_timeout_s
AIRA_REDIS_RETRIES = env.redis_retries
AIRA_REDIS_RETRY_DELAY_MS = env.redis_retry_delay_ms
AIRA_REQUEST_BUDGET_S = env.request_budget_s
AIRA_JOURNAL = env.journal
AIRA_TRACE = env.trace
AIRA_AUTH = env.auth
AIRA_SERVICE_KEYS = tuple(env.service_keys)
AIRA_MODEL_URL = env.model_url
AIRA_MODEL = env.model
AIRA_MODEL_KEY = env.model_key
AIRA_MODEL_TIMEOUT_S = env.model_timeout_s
AIRA_OIDC_ISSUER = env.oidc_issuer.rstrip("/")
AIRA_OIDC_AUDIENCE = env.oidc_audience
AIRA_OIDC_EMAILS = env.oidc_emails
AIRA_JWT_SECRET = env.jwt_secret.get_secret_value()
AIRA_PUBLIC_URL = env.public_url
AIRA_CORS_ORIGINS = tuple(env.cors_origins)
AIRA_TRUSTED_PROXIES = env.trusted_proxies
AIRA_WRITES_A_MINUTE = env.writes_a_minute
_check_provider()
AIRA_HOST = env.host
AIRA_PORT = env.port
AIRA_WORKERS = env.workers

AIRA_MAIL_FROM = env.mail_from
try:
    _mail = mail_settings(env.smtp_url.get_secret_value(), sender=AIRA_MAIL_FROM, public_url=AIRA_PUBLIC_URL)
except MailSettingsError as error:
    raise ImproperlyConfigured(str(error)) from None
AIRA_MAIL = _mail.way
EMAIL_BACKEND = _mail.backend
EMAIL_HOST = _mail.host
EMAIL_PORT = _mail.port
EMAIL_HOST_USER = _mail.user
EMAIL_HOST_PASSWORD = _mail.password
EMAIL_USE_TLS = _mail.is_starttls
EMAIL_USE_SSL = _mail.is_tls
EMAIL_TIMEOUT = MAIL_TIMEOUT_S
DEFAULT_FROM_EMAIL = AIRA_MAIL_FROM or "aira@localhost"

if AIRA_MODEL_URL and not AIRA_MODEL_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("AIRA_MODEL_URL must begin with http:// or https://, e.g. https://api.openai.com/v1.")
if bool(AIRA_MODEL_URL) != bool(AIRA_MODEL):
    raise ImproperlyConfigured(
        "AIRA_MODEL_URL and AIRA_MODEL must be set together; set neither for the built-in model."
    )

try:
    REDIS_ENDPOINT = endpoint_from(
        {
            "REDIS_URL": env.redis_url.get_secret_value(),
            "KV_URL": env.kv_url.get_secret_value(),
            "KV_REST_API_URL": env.kv_rest_api_url.get_secret_value(),
            "KV_REST_API_TOKEN": env.kv_rest_api_token.get_secret_value(),
        },
        embedded_url=embedded_url(AIRA_DATA_DIR),
    )
except EndpointError as error:
    raise ImproperlyConfigured(str(error)) from None

DEBUG = env.debug
SECRET_KEY = secret_key(env.secret_key.get_secret_value(), AIRA_DATA_DIR)
SECRET_KEY_FALLBACKS = _split(env.secret_key_fallbacks.get_secret_value())
ALLOWED_HOSTS = [*env.allowed_hosts, *filter(None, [urlsplit(AIRA_PUBLIC_URL).hostname])]
ROOT_URLCONF = "aira_site.urls"
WSGI_APPLICATION = "aira_site.wsgi.application"
ASGI_APPLICATION = "aira_site.asgi.application"
DATABASES: dict[str, Any] = {}
IS_HTTPS = AIRA_PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
PASSWORD_HASHERS = ["accounts.credentials.passwords.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 10}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "first_name")}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
USE_TZ = True
TIME_ZONE = "UTC"
APPEND_SLASH = False

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "redis_models",
    "api",
    "accounts",
    "dashboard",
    "chat",
    "aira_site",
]
MIDDLEWARE = [
    "aira_site.http.request_log.RequestLogMiddleware",
    "aira_site.http.answer_headers.AnswerHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",  # refuses hosts that are not allowed
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "aira_site.http.redis_middleware.RedisHealthMiddleware",
    "aira_site.http.redis_middleware.RedisRetryMiddleware",
]

# LOCATION only names the pool: BoundedConnectionFactory connects to REDIS_ENDPOINT.
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_ENDPOINT.url,
        "OPTIONS": {
            "CONNECTION_FACTORY": "redis_models.connection.factory.BoundedConnectionFactory",
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        },
    }
}

TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^live$", r"^ready$"]  # load balancers ask them from inside the network
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS and env.hsts in ("subdomains", "preload")
SECURE_HSTS_PRELOAD = IS_HTTPS and env.hsts == "preload"
# The two say nothing of this site: other hosts of the domain may have no https, and only their operator knows.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if AIRA_TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [AIRA_PUBLIC_URL] if AIRA_PUBLIC_URL else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
CORS_ALLOWED_ORIGINS = AIRA_CORS_ORIGINS
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = (*default_headers, "idempotency-key", "if-match", "x-request-id", "x-user-id")
CORS_EXPOSE_HEADERS = (
    "ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID",
)  # fmt: skip

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "aira_site.docs.openapi.ApiSchema",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.access.authentication.CallerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.access.rules.RuledAccess"],
    "DEFAULT_PARSER_CLASSES": ["api.requests.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["api.answers.renderers.ShapeRenderer"],
    "EXCEPTION_HANDLER": "aira_site.http.exception_handler.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
}

SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token, a service key, or a token of the configured provider.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "aira_access",
        "description": "Set by signing in with transport cookie; changes must come from an origin of the site. "
        "Over https its name is `__Host-aira_access`.",
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Aira",
    "DESCRIPTION": "Conversations, moods and a dashboard that lose nothing and always answer.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "APPEND_COMPONENTS": {"securitySchemes": SECURITY_SCHEMES},
    "SCHEMA_PATH_PREFIX": "/api/(v1/)?",
    "SCHEMA_COERCE_PATH_PK": False,
    "COMPONENT_SPLIT_PATCH": False,  # fields that a PATCH may omit are optional already
    "POSTPROCESSING_HOOKS": [],  # choices stay with their fields
}

configure()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "aira_site.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Errors of clients are in the request log already, without the path, which may hold user content.
        "django.request": {"level": "ERROR"},
        # They log the url of every request.
        "httpx": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
    },
}
