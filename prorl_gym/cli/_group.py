"""The root of the command line: which file holds which noun, what plugins add, and the boundary where an error becomes a message.

A plugin's commands are built in a Typer app of their own before they are taken over, so that a plugin whose command cannot be built (or
whose name is taken) loses that command, is recorded (`prorl plugin list`), and leaves every other command working.
"""

import functools
import importlib
import traceback
from typing import TYPE_CHECKING, Any

import typer
import typer.core
import typer.main

from prorl_gym.errors import ProrlError, missing_module, unknown

if TYPE_CHECKING:
    from prorl_gym.plugins import PluginRecord

COMMANDS: dict[str, str] = {
    "env": "prorl_gym.cli.env",
    "plugin": "prorl_gym.cli.plugin",
    "verify": "prorl_gym.cli.verify",
    "generate": "prorl_gym.cli.generate",
    "eval": "prorl_gym.cli.eval",
    "runs": "prorl_gym.cli.runs",
    "report": "prorl_gym.cli.report",
    "view": "prorl_gym.cli.view",
    "config": "prorl_gym.cli.config",
}
"""Name of each own command to the module that holds its Typer `app`; imported when it is needed."""


class RootGroup(typer.core.TyperGroup):
    """`prorl` itself: own commands by lazy import, then those of plugins; turns a ProrlError into a message and exit code 2."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command's name: our own, then the plugins'."""
        return [*COMMANDS, *plugin_commands()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name in COMMANDS:
            command = typer.main.get_command(importlib.import_module(COMMANDS[cmd_name]).app)
            command.name = cmd_name
            return command
        return plugin_commands().get(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The typed command; raises UnknownNameError with the closest ones, plugins' included."""
        if args and self.get_command(ctx, args[0]) is None:
            raise unknown("command", args[0], self.list_commands(ctx), then="(prorl --help shows all)")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was typed."""
        from prorl_gym.cli._output import print_error

        try:
            try:
                return super().invoke(ctx)
            except ModuleNotFoundError as error:
                raise missing_module(error, wanted_by="this command") from error
        except ProrlError as error:
            if ctx.params.get("debug"):
                traceback.print_exc()
            else:
                print_error(str(error))
            raise typer.Exit(2) from error


@functools.cache
def plugin_commands() -> dict[str, Any]:
    """The commands that plugins add, by name. What goes wrong with one is recorded with its plugin."""
    from prorl_gym.registry import registry

    found: dict[str, Any] = {}
    owner: dict[str, str] = dict.fromkeys(COMMANDS, "prorl_gym")
    for record in registry().plugins:
        for name, command in _commands_of(record).items():
            if name in owner:
                record.errors.append(
                    f"the command {name!r} is registered twice: by {owner[name]!r} and by the plugin {record.name!r} ({record.source}); "
                    "the first one stays"
                )
                continue
            owner[name] = record.name
            found[name] = command
            record.provides.append(f"command:{name}")
    return found


def _commands_of(record: "PluginRecord") -> dict[str, Any]:
    from prorl_gym.plugins import manager

    plugin = manager().get_plugin(record.name) if record.loaded else None
    if plugin is None:
        return {}
    caller = manager().subset_hook_caller("register_commands", [p for p in manager().get_plugins() if p is not plugin])
    if not caller.get_hookimpls():
        return {}
    own = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    try:
        caller(app=own)
        return dict(typer.main.get_group(own).commands)
    except Exception as error:  # the plugin boundary: a broken command is recorded and harms no other
        record.errors.append(f"the plugin {record.name!r} ({record.source}) failed in register_commands: {type(error).__name__}: {error}")
        record.traceback = traceback.format_exc()
        return {}
