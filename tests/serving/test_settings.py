"""Settings come from the environment, and a senseless one is told in one line."""

from __future__ import annotations

import pytest

from mammoscope.serving.settings import Settings, load_settings
from mammoscope.types import MammoscopeError


def test_the_defaults_let_nobody_in_from_outside() -> None:
    settings = Settings()
    assert settings.host == "127.0.0.1"
    assert set(settings.allowed_hosts) == {"127.0.0.1", "localhost", "::1", "testserver"}
    assert settings.max_upload_bytes == 128 * 2**20
    assert settings.key_file is None and settings.audit_log is None


def test_the_environment_is_read_and_options_go_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAMMOSCOPE_PORT", "81")
    monkeypatch.setenv("MAMMOSCOPE_CONCURRENCY", "3")
    monkeypatch.setenv("MAMMOSCOPE_ALLOWED_HOSTS", "localhost, Reader.Clinic.example")
    settings = load_settings(port=82, host=None)
    assert (settings.port, settings.concurrency) == (82, 3)
    assert settings.allowed_hosts == ("localhost", "reader.clinic.example")


def test_a_senseless_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAMMOSCOPE_PORT", "many")
    with pytest.raises(MammoscopeError, match=r"port is 'many'.*MAMMOSCOPE_PORT"):
        load_settings()


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"port": -1}, "--port"),
        ({"zoo": 7}, "--zoo"),
        ({"models": 7}, "--model"),
        ({"max_upload_bytes": 0}, "MAMMOSCOPE_MAX_UPLOAD_BYTES"),
    ],
)
def test_the_option_is_named_where_there_is_one_and_it_was_given(
    given: dict[str, object], place: str
) -> None:
    with pytest.raises(MammoscopeError, match=rf"; mend {place}$"):
        load_settings(**given)


def test_the_audit_logs_url_is_never_shown() -> None:
    with pytest.raises(MammoscopeError) as caught:
        load_settings(audit_log=["postgresql://user:SECRET@host/db"])
    assert "SECRET" not in str(caught.value) and "--audit-log" in str(caught.value)
    assert "SECRET" not in repr(load_settings(audit_log="postgresql://user:SECRET@host/db"))


def test_a_senseless_variable_is_named_even_if_other_options_were_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAMMOSCOPE_MAX_UPLOAD_BYTES", "lots")
    with pytest.raises(MammoscopeError, match=r"; mend MAMMOSCOPE_MAX_UPLOAD_BYTES$"):
        load_settings(port=81, host=None)


def test_the_served_models_are_separated_by_commas_as_they_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Settings().models == ()
    monkeypatch.setenv("MAMMOSCOPE_MODELS", "beta@1, alpha,")
    assert load_settings(models=None).models == ("beta@1", "alpha")
    assert load_settings(models=["Alpha"]).models == ("Alpha",)
