"""`wombat store`: what an administrator does with a store: make, probe, give out rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from wombat.cli.console import common

if TYPE_CHECKING:
    from wombat.api.storing import Tried
    from wombat.cli.console import Console


@click.group()
def store() -> None:
    """Make a store, try what its server guarantees, and print the rights that each role needs."""


@store.command(
    epilog="Example:  wombat store init 's3://artifacts/wombat?region=eu-central-1'",
    short_help="Make a store, after trying its server.",
)
@click.argument("address")
@common
def init(console: Console, *, address: str) -> None:
    """Try the server at ADDRESS, then write wombat.json there; never over another one.

    ADDRESS is a folder, s3://BUCKET/PREFIX?endpoint=…&region=…, or lakefs://REPOSITORY/BRANCH/PREFIX;
    the bucket, or the branch, has to be there.
    Needs an administrator's credentials. CI's jobs can't make a store by themselves on S3.
    """
    from wombat.api.session import open_session
    from wombat.api.storing import init_store

    tried = init_store(open_session(console.folder), address, console.folder)
    _show(console, tried, f"made a store at {tried.address}\n")


@store.command(
    epilog="Example:  wombat store probe    or    wombat store probe --apply",
    short_help="Try what a store's server guarantees.",
)
@click.argument("address", required=False)
@click.option("--apply", is_flag=True, help="Write what was found into wombat.json.")
@click.option("--atomic", is_flag=True, help="Even if that makes 'none' into 'atomic'.")
@common
def probe(console: Console, *, address: str | None, apply: bool, atomic: bool) -> int:
    """Find out in under a minute what the server really guarantees; by default of the own store.

    Creates under a race, lists, reads ranges, sends wrong checksums, compares clocks, and deletes
    what it wrote where it may. Exit 1 where no store may be kept there.
    """
    from wombat.api.session import open_session
    from wombat.api.storing import probe_store

    session = open_session(console.folder)
    tried = probe_store(session, address, console.folder, apply=apply, atomic=atomic)
    return _show(console, tried)


@store.command(
    epilog="Example:  wombat store policy --account 123456789012 --format terraform > s3.tf.json",
    short_help="Print the rights that each role needs.",
)
@click.argument("address", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "terraform", "minio", "seaweedfs"]),
    default="text",
    help="For people, or a tool's own file [text].",
)
@click.option("--reads", multiple=True, metavar="PROJECT", help="Another project that is read.")
@click.option("--account", default="ACCOUNT", help="The account of the roles; Terraform needs it.")
@click.option("--server", metavar="URL", help="GitLab's address, if it isn't origin's.")
@click.option("--repository", metavar="PATH", help="As in group/project, if it isn't origin's.")
@click.option("--gitlab", metavar="VERSION", help="GitLab's version; by default wombat.yml's.")
@click.option("--audience", metavar="URL", help="The token's aud; by default GitLab's address.")
@click.option("--branch", "branches", multiple=True, help="A trusted branch [the default one].")
@click.option("--tag", "tags", multiple=True, help="Trusted tags, as in 'v*'.")
@click.option("--collector", metavar="PATH", help="GitLab's project that runs gc.")
@click.option("--create-only", is_flag=True, help="Refuse to overwrite; on Amazon's S3 alone.")
@click.option("--forks-apart", is_flag=True, help="Forks never run pipelines in this project.")
@common
def policy(console: Console, *, form: str, **words: Any) -> None:
    """Print the least rights of each role: CI trusted, CI untrusted, reader, gc.

    With it: which jobs of GitLab may take on which role, rules for the bucket, and what differs on
    other servers than Amazon's; of lakeFS the documents of its access control, also for
    publish.lakefs of wombat.yml. Asks nobody and changes nothing. ADDRESS is the own store's.
    """
    from wombat.api.policies import Wanted, policies, shown
    from wombat.api.session import open_session

    tree = policies(open_session(console.folder), Wanted(**words), form)
    console.result(shown(tree, form), tree)


def _show(console: Console, tried: Tried, before: str = "") -> int:
    from wombat.api.findings import as_text

    console.result(before + as_text(tried.findings, console.style), tried.tree)
    return 1 if any(one.state == "wrong" for one in tried.findings) else 0


COMMAND: Final = store
