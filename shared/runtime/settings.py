"""What the environment tells a function, read once and checked.

Every name here is set in `template.yaml`; a test holds the two equal.
"""

import os
from collections.abc import Mapping
from dataclasses import fields, replace

from shared.core.timing import Timing, crowd_of
from shared.core.values import dataclass


class BadSettings(Exception):
    """The deployment is wrong; the message names the variable and what it should hold."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`allowed_private_hosts`: hosts (`host` or `host:port`) that may resolve to private addresses.

    `platform_options`: overrides such as `<platform>.video=http://127.0.0.1:9000`, for adapters.
    `credentials_key`: where the keys of credentials are (`shared/store/keyring.py`); `former_key`:
    the KMS key that was theirs before, empty where there was none.
    `state_epoch`: the fence; sending stops while it differs from the table's.
    """

    table_name: str
    publish_queue_url: str
    prepare_queue_url: str
    media_bucket: str
    credentials_key: str
    former_key: str
    state_epoch: int
    allowed_private_hosts: frozenset[str]
    platform_options: Mapping[str, str]
    timing: Timing


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Raises BadSettings, naming every variable that is missing or wrong."""
    env = os.environ if environ is None else environ
    required = (
        "TABLE_NAME",
        "PUBLISH_QUEUE_URL",
        "PREPARE_QUEUE_URL",
        "MEDIA_BUCKET",
        "CREDENTIALS_KEY",
    )
    missing = [name for name in required if not env.get(name)]
    if missing:
        raise BadSettings(f"missing in the environment: {', '.join(missing)}")
    return Settings(
        table_name=env["TABLE_NAME"],
        publish_queue_url=env["PUBLISH_QUEUE_URL"],
        prepare_queue_url=env["PREPARE_QUEUE_URL"],
        media_bucket=env["MEDIA_BUCKET"],
        credentials_key=env["CREDENTIALS_KEY"],
        former_key=env.get("FORMER_KEY", ""),
        state_epoch=_whole(env.get("STATE_EPOCH") or "0", "STATE_EPOCH"),
        allowed_private_hosts=frozenset(_words(env.get("ALLOWED_PRIVATE_HOSTS", ""))),
        platform_options=_pairs(env.get("PLATFORM_OPTIONS", ""), "PLATFORM_OPTIONS"),
        timing=_timing(
            env.get("TIMING", ""),
            deliverers=_whole(env.get("DELIVER_CONCURRENCY") or "0", "DELIVER_CONCURRENCY"),
        ),
    )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _pairs(text: str, name: str) -> dict[str, str]:
    pairs = {}
    for word in _words(text):
        key, equals, value = word.partition("=")
        if not equals:
            raise BadSettings(f"{name} holds pairs such as name=value, not {word!r}")
        pairs[key] = value
    return pairs


def _whole(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadSettings(f"{name} must be a whole number, not {text!r}") from None


def _timing(text: str, *, deliverers: int) -> Timing:
    """`TIMING` overrides spans of the publishing protocol: `horizon=20000,quiet=3000`
    (milliseconds).
    """
    known = {field.name for field in fields(Timing)}
    changes = {}
    for key, value in _pairs(text, "TIMING").items():
        if key not in known:
            raise BadSettings(f"TIMING knows {', '.join(sorted(known))}; not {key!r}")
        changes[key] = _whole(value, f"TIMING {key}")
    return replace(Timing(), **{"crowd": crowd_of(deliverers)} | changes)
