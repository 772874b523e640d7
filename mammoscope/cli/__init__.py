"""The command line: one file a command, each with a function, or a group, of the file's name."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mammoscope import __version__

# In the order of `mammoscope --help`. A new command is its file and its line here.
COMMANDS = (
    "predict",
    "batch",
    "prepare",
    "deidentify",
    "models",
    "serve",
    "gateway",
    "queue",
    "keys",
    "log",
    "inspect",
    "study",
    "survey",
    "audit",
    "train",
    "evaluate",
    "sanity",
    "compare",
    "calibrate",
    "precisions",
    "publish",
    "phantom",
    "examples",
)


class _Group(TyperGroup):
    """Makes one line on stderr and exit status 1 of every error of ours, for all commands."""

    def invoke(self, ctx: Any) -> Any:
        # numpy comes with it, and `mammoscope --help` need not wait for that.
        from mammoscope.types import MammoscopeError

        try:
            return super().invoke(ctx)
        except MammoscopeError as error:
            typer.echo(f"mammoscope: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    # A traceback's variables may hold a file name, which may be a person's.
    pretty_exceptions_show_locals=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Breast-cancer image classification that people can run on their own mammogram.

    Research software, not a medical device.
    """


for _name in COMMANDS:
    _command = getattr(import_module(f"mammoscope.cli.{_name}"), _name)
    if isinstance(_command, typer.Typer):
        app.add_typer(_command, name=_name)
    else:
        app.command(_name)(_command)
