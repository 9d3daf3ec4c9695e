"""try, add: a source is looked at; a source, a list of sources or a file is added."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from archive import ArchiveError
from feeds import control, events
from feeds.answering.library import open_library
from feeds.cli import looking, out
from feeds.cli.adopting import adopt, ask_again
from feeds.cli.context import carry_out, settings_of
from feeds.cli.options import options_of
from feeds.cli.teach import examples
from feeds.config.write import add_sources, added
from feeds.errors import CommandError
from feeds.ingest.discovery.typed import is_local
from feeds.net import bare, with_password_of
from feeds.settings import FeedSource, Network, Settings, address_of

Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Pages = Annotated[str | None, typer.Option(help="Fetch the articles' pages: auto, always or never.")]
Private = Annotated[bool, typer.Option("--allow-private", help="It lies in a network of your own.")]


def try_(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of a feed, or of a site.", metavar="URL")],
    pages: Pages = None,
    allow_private: Private = False,
    json: Json = False,
) -> None:
    """Show what feed an address leads to, and its latest entries as they would be archived. Keeps nothing."""
    from feeds.cli.sampling import sampled, show  # noqa: PLC0415 - slow to import

    settings = _settings_or_defaults(context)
    if pages not in {None, "auto", "always", "never"}:
        raise CommandError(f"--pages: {pages!r} is none of auto, always, never")
    found = looking.find(url, settings, looking.first, allow_private=allow_private)
    source = FeedSource(url=found.url, name="try", pages=pages or "auto")  # type: ignore[arg-type]
    facts = sampled(found, source, datetime.now(UTC))
    if json:
        out.as_json(facts)
    else:
        show(facts)


def add(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            help="The address of a feed or a site; a list of feeds (.opml); or an article: .txt .html .md .json .xml",
            metavar="URL|FILE",
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What logs and lists call it.")] = None,
    every: Annotated[
        str | None, typer.Option(help="The shortest time between two polls: 30m, 2h, 1d.")
    ] = None,
    pages: Pages = None,
    initial: Annotated[
        str | None,
        typer.Option(
            help="What of its first document is published at once: 50, 7d, all.", metavar="NUMBER|SPAN|all"
        ),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Archive the older documents that it leads back to, too.")
    ] = False,
    allow_private: Private = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Where there is a choice, take the first.")
    ] = False,
    json: Json = False,
) -> None:
    """Add a source to config.yaml, or all feeds of an OPML list; or archive one local file.

    A site's feed is looked for. What it answers is archived at once, as its first poll.
    """
    from feeds.cli.listing import add_list, is_list  # noqa: PLC0415 - slow to import

    past = "true" if history else None
    options = {"name": name, "every": every, "pages": pages, "initial": initial, "history": past}
    given = {key: value for key, value in options.items() if value is not None}
    if json:
        events.say_to(sys.stderr)
    try:
        if is_local(target) or _exists(target):
            path = _file(target)
            if is_list(path) and allow_private:
                raise CommandError(
                    f"{target} is a list: --allow-private is for one address (write `- opml: {target}` with "
                    "`allow_private:` below `sources:` in config.yaml)"
                )
            if is_list(path):
                add_list(context, path, given, json=json)
            elif given or allow_private:
                raise CommandError(
                    f"{target} is a file: --name, --every, --pages, --initial, --history and --allow-private "
                    "are for addresses"
                )
            else:
                _add_file(context, path, json=json)
        else:
            _add_address(context, target, given, allow_private=allow_private, yes=yes, json=json)
    finally:
        events.say_to(None)


def _exists(target: str) -> bool:
    try:
        return bool(target) and "://" not in target and Path(target).exists()
    except (OSError, ValueError):
        return False


def _file(target: str) -> Path:
    path = Path(target).expanduser()
    if path.is_dir():
        raise CommandError(
            f"{target} is a folder: write it below `sources:` in config.yaml, as `- folder: {target}`, "
            "or name a file in it"
        )
    if not path.is_file():
        raise CommandError(f"{target}: there is no such file (an address begins with https://)")
    return path


def _add_file(context: typer.Context, path: Path, *, json: bool) -> None:
    done = carry_out(settings_of(context), {"do": "add", "file": str(path.absolute())})
    if json:
        out.as_json(done)
        return
    words = {
        "new": "kept",
        "revised": "kept as a new revision",
        "same": "known already",
        "alias": "known already",
        "erased": "was erased, and nothing of it is kept",
        "later": "put off, since it changes too often (try again in an hour)",
    }
    for one in done["articles"]:
        where = f", published in {', '.join(one['topics'])}" if one["topics"] else ""
        out.say(f"{words[one['status']]}: {one['title'] or path.name} ({one['id']} rev {one['rev']}){where}")


def _add_address(
    context: typer.Context, target: str, given: dict[str, str], *, allow_private: bool, yes: bool, json: bool
) -> None:
    from feeds.office.lists import expanded  # noqa: PLC0415 - slow to import

    settings, config = expanded(settings_of(context))[0], options_of(context).config
    url = looking.address_typed(target)
    if _is_known(settings, [url], json=json):
        return
    taken = sorted(source.name for source in settings.sources)
    if given.get("name") in taken:
        raise CommandError(
            f"--name: {given['name']!r} is the name of another source (names: {', '.join(taken)})"
        )
    added(
        config.read_bytes(), config, [{"feed": url, **given}]
    )  # Faults of the options, before anybody is asked.
    choose = (
        looking.first
        if yes
        else looking.chooser(_again(config, given, allow_private=allow_private), json=json)
    )
    found = looking.find(target, settings, choose, allow_private=allow_private)
    found = replace(found, url=with_password_of(url, found.url))
    alike = next((one.also for one in found.choices if one.url == found.url), ())
    if _is_known(settings, [found.url, *alike], json=json):
        return
    item: dict[str, Any] = {"feed": found.url, **given}
    if found.networks:
        item["allow_private"] = [_network(one) for one in found.networks]
    _expect(settings, config, found.url)
    new = add_sources(config, [item])
    adopt(new, config, found, json=json)


def _again(config: Path, given: dict[str, str], *, allow_private: bool) -> list[str]:
    """Return the words that make this command again, but for the address."""
    options = ["-c", str(config)] if config != Path("config.yaml") else []
    more = [
        word for key, value in given.items() for word in (f"--{key}", *([value] if key != "history" else []))
    ]
    return ["newsweir", *options, "add", *more, *(["--allow-private"] if allow_private else [])]


def _network(network: Network) -> str:
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _is_known(settings: Settings, urls: list[str], *, json: bool) -> bool:
    """Say whether one of *urls* is a source already, and tell how it stands."""
    wanted = {_plain(url) for url in urls}
    source = next((one for one in settings.sources if _plain(address_of(one)) in wanted), None)
    if source is None:
        return False
    state = "not asked yet"
    try:
        library = open_library(settings)
    except (CommandError, ArchiveError):
        pass  # Nothing is kept yet.
    else:
        accounts = {account.name: account for account in library.ledger.accounts()}
        library.close()
        if (account := accounts.get(source.name)) is not None and account.polled is not None:
            if account.due is None and source.enabled:  # Who names it once more wants to know.
                ask_again(settings, source, json=json)
                return True
            state = (
                f"failing: {account.error}"
                if account.failures
                else f"{account.status}, {account.kept} articles"
            )
    state = state if source.enabled else "not enabled"
    if json:
        facts = {"status": "known", "source": source.name, "url": bare(address_of(source)), "state": state}
        out.as_json(facts)
    else:
        out.say(
            f"{bare(address_of(source))} is a source already: {source.name} ({state}); nothing was changed"
        )
    return True


def _plain(url: str) -> str:
    """Return an address without what does not tell two feeds apart."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/") if scheme.lower() in {"http", "https"} else url


def _expect(settings: Settings, config: Path, url: str) -> None:
    """Tell a running daemon that the source's first answer will be brought: it need not ask."""
    told = control.ask(settings.data / "run" / "control.sock", {"do": "expect", "url": url})
    if told is not None and Path(told["file"]).resolve() != config.resolve():
        raise CommandError(
            f"the daemon that writes to {settings.data} reads {told['file']}, not {config}: add the source there "
            f"(newsweir -c {told['file']} add {url})"
        )


def _settings_or_defaults(context: typer.Context) -> Settings:
    """Return the settings; the defaults where the folder has no config.yaml."""
    config = options_of(context).config
    if config.name == "config.yaml" and not config.exists():
        home = config.absolute().parent
        return Settings(home=home, data=home / "data")
    return settings_of(context)


def add_to(app: typer.Typer) -> None:
    """Add these commands to *app*."""
    app.command(
        "try",
        epilog=examples(
            "try example.org                        what its feed holds; keeps nothing",
            "try https://example.org/feed.xml --pages always",
        ),
    )(try_)
    app.command(
        epilog=examples(
            "add example.org                        a site: its feed is found",
            "add https://example.org/feed.xml --name example --every 2h",
            "add example.org --initial 7d --history of the feed's past a week is published, all is archived",
            "add http://127.0.0.1:8000/ --allow-private",
            "add subscriptions.opml                 every feed of a reader's export",
            "add article.md                         one file, as an article",
        )
    )(add)
