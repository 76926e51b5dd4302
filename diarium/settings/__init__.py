"""All settings, typed and in one place. Nothing else reads the environment."""

from diarium.settings.environment import from_environment
from diarium.settings.groups import (
    ApiSettings,
    DeliverySettings,
    IndexEngine,
    LoginSettings,
    MailSecurity,
    MailSettings,
    OperationsSettings,
    PackageSettings,
    Role,
    SettingsError,
)
from diarium.settings.process import Settings, kept_key, secret, session_secret

__all__ = [
    "ApiSettings",
    "DeliverySettings",
    "IndexEngine",
    "LoginSettings",
    "MailSecurity",
    "MailSettings",
    "OperationsSettings",
    "PackageSettings",
    "Role",
    "Settings",
    "SettingsError",
    "from_environment",
    "kept_key",
    "secret",
    "session_secret",
]
