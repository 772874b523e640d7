"""The command lines and variables of deploy/ and docs/deploy.md: each is one that there is."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer

from mammoscope.cli import app
from mammoscope.serving.settings import PREFIX, Settings
from tests.conftest import REPOSITORY
from tests.test_deploy import DEPLOY, PODS, SERVICES, containers

PROGRAM = "mammoscope"
DOCUMENT = (REPOSITORY / "docs" / "deploy.md").read_text(encoding="utf-8")


def command_lines() -> list[list[str]]:
    """Every `mammoscope …` of the files, as words."""
    found = [service["command"] for service in SERVICES.values() if "command" in service]
    for _, pod in PODS:
        for container in containers(pod):
            found.append([*container.get("command", []), *container.get("args", [])])
    for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            found.append(shlex.split(line, comments=True))
    lines = (words[words.index(PROGRAM) :] for words in found if PROGRAM in words)
    return [words[: words.index("|")] if "|" in words else words for words in lines]


def find_command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that is meant, and what it is given."""
    command: Any = typer.main.get_command(app)
    given = words[1:]
    while hasattr(command, "commands"):
        command = command.commands[given[0]]
        given = given[1:]
    return command, given


LINES = command_lines()


@pytest.mark.parametrize("words", LINES, ids=shlex.join)
def test_a_command_line_that_is_documented_parses(words: list[str]) -> None:
    command, given = find_command(words)
    command.make_context(command.name, given)


def test_the_documented_command_lines_are_of_each_part() -> None:
    assert {words[1] for words in LINES} >= {"serve", "gateway", "queue", "keys", "batch"}


def test_options_that_the_text_names_are_there() -> None:
    prose = re.sub(r"```.*?```", "", DOCUMENT, flags=re.DOTALL)
    for words in re.findall(r"`(mammoscope [^`]+)`", prose):
        command, given = find_command([word for word in words.split() if word != "…"])
        known = {option for one in command.params for option in one.opts}
        assert {word for word in given if word.startswith("--")} <= known
    params = [
        one for name in ("gateway", "batch") for one in find_command([PROGRAM, name])[0].params
    ]
    known = {option for one in params for option in (*one.opts, *one.secondary_opts)}
    alone = re.findall(r"`(--[a-z-]+)", prose)
    assert alone
    assert set(alone) <= known


def test_variables_of_the_environment_are_settings() -> None:
    texts = [path.read_text(encoding="utf-8") for path in DEPLOY.iterdir() if path.is_file()]
    used = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", "\n".join([*texts, DOCUMENT])))
    assert f"{PREFIX}ALLOWED_HOSTS" in used
    assert used <= {PREFIX + name.upper() for name in Settings.model_fields}
