"""An article -> how to cite it: in words, as BibTeX, as CSL-JSON. Pure."""

import json
import re
from typing import Any

from archive import Article
from feeds.publish.formats.entries import names_of, title_of
from feeds.publish.text.urls import as_uri, bare
from feeds.publish.text.wording import dated, full_date, source_name

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "{}$&#%_"},
}


def plain(article: Article) -> tuple[str, str, str]:
    """Return a citation in words, in three parts of which the second is the name of a work."""
    authors = _joined(names_of(article))
    title = title_of(article)
    end = "" if title.endswith((".", "?", "!", "\u2026")) else "."
    head = f"{authors}. " if authors else ""
    moment = dated(article)
    tail = [full_date(moment)] if moment else []
    tail += [f"rev. {article.archive.rev}"] if article.archive.rev > 1 else []
    return f"{head}\u201c{title}{end}\u201d ", source_name(article), "".join(f", {part}" for part in tail)


def bibtex(article: Article, page: str) -> str:
    """Return a BibTeX entry."""
    moment = dated(article)
    fields = {
        "author": " and ".join(f"{{{_tex(name)}}}" for name in names_of(article)),
        "title": f"{{{_tex(title_of(article))}}}",
        "journal": _tex(source_name(article)),
        "year": f"{moment:%Y}" if moment else "",
        "month": f"{moment.month}" if moment else "",
        "day": f"{moment.day}" if moment else "",
        "url": _in_braces(as_uri(article.url) or page),
        "note": f"Kept as {_in_braces(page)}, revision {article.archive.rev}",
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@article{{newsweir-{bare(article.id)[:8]},\n" + ",\n".join(lines) + "\n}"


def csl_json(article: Article, page: str) -> str:
    """Return a CSL-JSON item (Citation Style Language, 1.0)."""
    moment = dated(article)
    item: dict[str, Any] = {
        "id": article.id,
        "type": "article-newspaper",
        "title": title_of(article),
        "author": [{"literal": name} for name in names_of(article)],
        "container-title": source_name(article),
        "issued": {"date-parts": [[moment.year, moment.month, moment.day]]} if moment else None,
        "URL": as_uri(article.url) or page,
        "archive_location": page,
        "version": str(article.archive.rev),
        "language": article.language,
    }
    return json.dumps([{name: value for name, value in item.items() if value}], indent=1, ensure_ascii=False)


def _joined(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _tex(text: str) -> str:
    return "".join(_ESCAPED.get(mark, mark) for mark in text)


def _in_braces(address: str) -> str:
    """Return an address in which no brace can end the field."""
    return re.sub(r"[{}\\]", lambda mark: f"%{ord(mark.group()):02X}", address)
