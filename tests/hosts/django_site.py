"""An authorization server on django-oauth-toolkit: makes its database by migrations, and fills it.

A process of its own (``python django_site.py postgresql://...``): Django keeps its settings
process-wide.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command

_ENGINES = {"sqlite": "sqlite3", "postgresql": "postgresql", "mysql": "mysql"}


class QuickHasher(PBKDF2PasswordHasher):
    """Django's own, with fewer rounds."""

    iterations = 1000


def database(url: str) -> dict[str, Any]:
    """An SQLAlchemy URL as Django writes it."""
    parts = urlsplit(url)
    return {
        "ENGINE": f"django.db.backends.{_ENGINES[parts.scheme.partition('+')[0]]}",
        "NAME": parts.path[1:],
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
    }


def configure(url: str) -> None:
    settings.configure(
        DATABASES={"default": database(url)},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
        PASSWORD_HASHERS=["__main__.QuickHasher"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    if url.startswith("mysql"):
        import pymysql  # Django knows MariaDB's other driver by name alone

        pymysql.install_as_MySQLdb()
    django.setup()


def at(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, timezone.utc)


def fill() -> None:
    from django.contrib.auth.models import User
    from oauth2_provider.models import AccessToken, Application, RefreshToken

    user = User.objects.create_user("user123")
    confidential = {"authorization_grant_type": "authorization-code", "client_type": "confidential"}
    client, other, _ = (
        Application.objects.create(
            client_id=client_id, client_secret=secret, **{**confidential, **more}
        )
        for client_id, secret, more in (
            ("test_client_1", "test_secret", {}),
            ("other_client", "other_secret", {}),
            ("public_client", "public_secret", {"client_type": "public"}),
        )
    )

    def access(
        token: str, application: Application = client, expires: int = 1640995200, **columns: Any
    ) -> AccessToken:
        row = AccessToken.objects.create(
            token=token,
            application=application,
            user=user,
            expires=at(expires),
            scope="read write",
            **columns,
        )
        AccessToken.objects.filter(pk=row.pk).update(created=at(1640918800))
        return row

    def refresh(token: str, **columns: Any) -> RefreshToken:
        row = RefreshToken.objects.create(token=token, application=client, user=user, **columns)
        RefreshToken.objects.filter(pk=row.pk).update(created=at(1640918800))
        return row

    live = access("live", resource=["my_api", "your_api"])
    access("expired", expires=1640920000)
    access("others", other)
    refresh("refresh", access_token=live)
    refresh("revoked", revoked=at(1640920000))
    # Where refresh tokens are not rotated, the toolkit keeps each use as a row of the same token.
    refresh("used before", revoked=at(1640920000))
    refresh("used before", access_token=access("renewed"))
    access("deleted").revoke()


if __name__ == "__main__":
    configure(sys.argv[1])
    call_command("migrate", verbosity=0)
    fill()
