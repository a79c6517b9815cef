"""`prorl sandbox build`: the image of the Docker sandbox."""

from pathlib import Path
from typing import Annotated

import typer


def build(
    base: Annotated[str | None, typer.Option(help="An image with Python 3.11 or newer, that the engine has or can pull.")] = None,
    rootfs: Annotated[Path | None, typer.Option(help="A root file system, as a tar archive or a folder: needs no registry.")] = None,
    debootstrap: Annotated[
        str | None, typer.Option(metavar="SUITE", help="Make the root file system with debootstrap, as bookworm; needs root.")
    ] = None,
    tag: Annotated[str, typer.Option(help="The image's name.")] = "prorl-sandbox:1",
) -> None:
    """Build the image that the backend "docker" runs, and check that its Python can be used."""
    from prorl_sandbox.docker import connect
    from prorl_sandbox.docker_image import build as build_image

    for line in build_image(connect(), base=base, rootfs=rootfs, debootstrap=debootstrap, tag=tag):
        typer.echo(line)
