"""What the server may be told from outside. The only place that reads environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from mammoscope.images.decode import Limits
from mammoscope.types import MammoscopeError, Precision

PREFIX = "MAMMOSCOPE_"
# Of `mammoscope serve`; every other field has its environment variable alone.
OPTIONS = {
    "host": "--host",
    "port": "--port",
    "zoo": "--zoo",
    "models": "--model",
    "key_file": "--key-file",
    "audit_log": "--audit-log",
    "audit_key": "--audit-key",
    "log_format": "--log-format",
    "precision": "--precision",
}


class Settings(BaseSettings):
    """How to serve; each field can be set as `MAMMOSCOPE_<FIELD>`.

    Attributes:
        host: 127.0.0.1, where nobody needs a key.
        port: 8000, where the page's development server looks for the API; 0 = any free one.
        zoo: folder of published models; None = the one inside the package.
        models: names or `name@version`s that are served, the first is the default; none = the
            newest version of each. In the environment separated by commas.
        max_upload_bytes: of a whole request body. 128 MiB hold the largest single view in use
            (26 million pixels of 16 bits, uncompressed: 52 MB) more than twice.
        max_pixels: as in `decode`, looked at before a pixel is decoded.
        concurrency: images read at the same time, each decoded in a process of its own. 2,
            since a large one takes up to 1 GB.
        threads: of one inference; 0 = one a core that this process may use. A container's quota
            is no such limit: there, give the cores that it stands for.
        queue: uploads that may wait for their turn; 8 full ones are another 1 GB, and the
            last of them waits some seconds.
        allowed_hosts: names a browser may call this server by (against DNS rebinding): the
            loopback names, and `testserver`, which no public name can resolve to. In the
            environment separated by commas; `*` allows every name.
        upload_timeout_s: seconds a body may take. 120 are enough for 128 MiB at 10 Mbit/s.
        key_file: keys of `mammoscope keys`; None = no key is asked for, which `mammoscope serve`
            allows on this machine only.
        audit_log: URL of the audit log, `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`;
            None = none is kept: on one's own machine it would be one more trace of a patient's
            visit, and nobody to account to. It may hold a password, so it is never shown.
        audit_key: secret that seals the audit log; made with a new log. Keep it, and the head
            that is written beside it, where the database's owner cannot write.
        log_format: of the lines on stderr, for a person or, as JSON, for a program.
        precision: of the networks' arithmetic. float32, so that a woman has one score on every
            machine; a faster one is for models that are admitted in it.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    zoo: Path | None = None
    models: Annotated[tuple[str, ...], NoDecode] = ()
    max_upload_bytes: int = Field(default=128 * 2**20, ge=1)
    max_pixels: int = Field(default=Limits().max_pixels, ge=1)
    concurrency: int = Field(default=2, ge=1)
    threads: int = Field(default=0, ge=0)
    queue: int = Field(default=8, ge=0)
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = (
        "127.0.0.1",
        "localhost",
        "::1",
        "testserver",
    )
    upload_timeout_s: float = Field(default=120.0, gt=0)
    key_file: Path | None = None
    audit_log: SecretStr | None = None
    audit_key: Path | None = None
    log_format: Literal["text", "json"] = "text"
    precision: Precision = "float32"

    @field_validator("models", "allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            value = value.split(",")
        if isinstance(value, list | tuple):
            return tuple(str(name).strip() for name in value if str(name).strip())
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _lower(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.lower() for name in names)


def load_settings(**given: Any) -> Settings:
    """Settings from the environment; what is given and not None goes before it.

    Raises:
        MammoscopeError: a value that makes no sense.
    """
    given = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        seen = "what it is" if name == "audit_log" else repr(first["input"])
        place = OPTIONS[name] if name in given and name in OPTIONS else PREFIX + name.upper()
        raise MammoscopeError(f"setting {name} is {seen}: {first['msg']}; mend {place}") from None
