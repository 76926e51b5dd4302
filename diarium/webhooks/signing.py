"""Secrets and signatures of webhooks. Source: the Standard Webhooks specification, symmetric signatures (v1).

A secret is made from the installation's key and the webhook's salt whenever it is needed, and kept nowhere: a copy
of the database alone signs nothing.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import uuid

from diarium.webhooks.models import Webhook

PREFIX = "whsec_"


def new_salt() -> str:
    """What makes one secret another than the next."""
    return secrets.token_hex(16)


def secret_of(key: bytes, webhook: Webhook) -> str:
    """The secret of a webhook, as its receiver gets it: `whsec_` and base64."""
    made = hmac.new(key, webhook.uid.bytes + webhook.salt.encode("ascii"), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(made).decode("ascii")


def signed_headers(secret: str, uid: uuid.UUID, moment: dt.datetime, body: bytes) -> dict[str, str]:
    """The headers that prove who sent `body` and when."""
    stamp = str(int(moment.timestamp()))
    return {
        "webhook-id": str(uid),
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature(secret, str(uid), stamp, body)}",
    }


def signature(secret: str, uid: str, stamp: str, body: bytes) -> str:
    """What only who has the secret can make: HMAC-SHA256 of identifier, time and body, in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    made = hmac.new(key, f"{uid}.{stamp}.".encode("ascii") + body, hashlib.sha256).digest()
    return base64.b64encode(made).decode("ascii")
