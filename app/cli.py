"""The command line, `cdr-stats`: each failure is one sentence on stderr and an exit code that is not 0."""

import csv
import os
import re
import signal
import sys
import threading
from importlib import metadata
from typing import Annotated

import typer

from app.commands import doctor, figures, files, proof, serve, work
from app.commands.alarms import alarm
from app.commands.fraud import fraud
from app.commands.keys import key
from app.commands.lists import lists
from app.commands.mail import mail
from app.commands.rejected import rejects
from app.commands.sources import sources
from app.commands.users import user
from store.errors import CdrStatsError

INTERRUPTED = 130
PATIENCE = 5.0
"""Seconds that an interrupted command may take to end."""

commands = typer.Typer(
    name="cdr-stats",
    help="Call detail records of any telephone switch: imported once, summed exactly, shown in dashboards.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def version(asked: bool) -> None:
    """Print the version and end."""
    if asked:
        print(f"cdr-stats {metadata.version('cdr-stats')}")
        raise typer.Exit


@commands.callback()
def _options(
    asked: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What stands before the command."""


commands.command("import")(files.import_)
commands.command("doctor")(doctor.doctor)
commands.command("report")(figures.report)
commands.command("verify")(proof.verify)
commands.command("rebuild")(proof.rebuild)
commands.command("sample")(files.sample)
commands.add_typer(rejects, name="rejects")
commands.add_typer(mail, name="mail")
commands.add_typer(sources, name="sources")
commands.add_typer(alarm, name="alarm")
commands.add_typer(fraud, name="fraud")
commands.add_typer(lists, name="lists")
user.add_typer(key, name="key")
commands.add_typer(user, name="user")
commands.command("serve")(serve.serve)
commands.command("demo")(serve.demo)
commands.command("worker")(work.worker)
commands.command("up")(work.up)
commands.command("run")(work.run)


def main() -> None:
    """Run the command of this process's arguments, and exit."""
    signal.signal(signal.SIGINT, _interrupted)
    sys.exit(run(sys.argv[1:]))


def _interrupted(*_: object) -> None:
    """Ctrl-C ends the command in order; a second one, or one that meets a lock of the driver's, at once.

    KeyboardInterrupt between the taking and the entering of PyMongo's pool lock leaves that lock taken for
    ever. To end without further ado is safe: what is stored survives a kill at any instant.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    watchdog = threading.Timer(PATIENCE, os._exit, (INTERRUPTED,))
    watchdog.daemon = True
    watchdog.start()
    raise KeyboardInterrupt


def run(arguments: list[str]) -> int:
    """Run a command; gives the exit code: 0, 1 for a failure, 2 for a wrong use, 130 for Ctrl-C."""
    command = typer.main.get_command(commands)
    try:
        code = int(command.main(arguments or ["--help"], prog_name="cdr-stats", standalone_mode=False) or 0)
        sys.stdout.flush()
        # typer takes the interrupt and says nothing
        return fail("Interrupted.", code) if code == INTERRUPTED else code
    except CdrStatsError as error:
        return fail(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        return fail("Interrupted.", INTERRUPTED)
    except typer.TyperException as error:
        return fail(f"{plain(error.format_message())}; cdr-stats --help tells how.", error.exit_code)
    except BrokenPipeError:
        # who read along has enough; Python would complain when it flushes at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return fail(f"{error.filename or 'The input or output'} cannot be used: {error.strerror}.", 1)
    except csv.Error as error:
        return fail(f"The file is no CSV with rows of text: {error}.", 1)


def plain(message: str) -> str:
    """What typer says of a wrong use, without the words of the library by which it reads numbers."""
    message = re.sub(r"Input should be a valid integer\b.*", "it must be a whole number", message.rstrip("."))
    return message.replace("Input should be", "it must be")


def fail(sentence: str, code: int) -> int:
    """Say a sentence on stderr; gives the code."""
    sys.stdout.flush()
    print(sentence, file=sys.stderr)
    return code
