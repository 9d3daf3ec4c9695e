"""A page's title and text -> what stands there instead of the article, if anything does. Pure.

An error that calls itself a success, a check for robots, a question about cookies: none of
these is the article, and none may take its place. A paywall leaves the article's beginning.
"""

import re
from typing import Any

from feeds.ingest.pages.trims import count

_SHORT = 150
"""Words; what is longer is no error and no check, whatever its title."""
_LONGEST_CONSENT = 600
_LONGEST_WALLED = 400
_MOST_TITLE = 10
"""Words of a title that is an error's."""
_ERROR = re.compile(
    r"\A\W*(?:(?:error|fehler|erreur)\W*)?(?:40[0-9]|410|429|50[0-9])\b|\b(?:page|article|story|seite|content)\b.{0,12}\bnot (?:be )?found\b|"
    r"\Anot found\b|page (?:doesn.t|does not|no longer) exist|seite (?:wurde )?nicht gefunden|page (?:introuvable|non trouv\u00e9e)|"
    r"p\u00e1gina no encontrada|p\u00e1gina n\u00e3o encontrada|pagina non trovata|pagina niet gevonden|siden ble ikke funnet|"
    r"\u0441\u0442\u0440\u0430\u043d\u0438\u0446\u0430 \u043d\u0435 \u043d\u0430\u0439\u0434\u0435\u043d\u0430|"
    r"service (?:temporarily )?unavailable|internal server error|bad gateway|gateway time-?out|something went wrong|"
    r"(?:site|page) (?:is )?under maintenance|this page is (?:no longer|not) available",
    re.IGNORECASE,
)
_CHECK = re.compile(
    r"\A\W*(?:just a moment|attention required|access denied|forbidden|request blocked|security check|pardon our interruption|"
    r"one more step|checking your browser|are you (?:a )?(?:robot|human)|robot check|human verification|ddos-guard|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|please (?:verify|enable (?:js|javascript|cookies)))",
    re.IGNORECASE,
)
_CONSENT_TITLE = re.compile(
    r"\bbefore you continue\b|\bcookie(?:s|-)?\b.*\b(?:consent|settings|notice|policy|einstellungen)\b|\bcookie consent\b|\bconsent\b|"
    r"\byour privacy\b|we (?:value|care about) your privacy|privatsph\u00e4re|datenschutz|votre vie priv\u00e9e|tu privacidad|la tua privacy",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\b(?:cookies?|consent\w*|einwilligung\w*|zustimm\w+|datenschutz\w*|privacy|partners?|partnern|vendors?|personali[sz]ed|"
    r"tracking|adblock\w*|consentement|consentimiento|consenso|gdpr|dsgvo|akzeptieren|accept|reject|ablehnen)\b",
    re.IGNORECASE,
)
_DENSE = 0.06
"""Of a text's words, those about consent from which it is about nothing else."""
_WALL = re.compile(
    r"\b(?:subscribe|sign (?:in|up)|log in|register|become a (?:subscriber|member))\b.{0,40}\b(?:continue|keep) reading\b|"
    r"\b(?:to|and) (?:continue|keep) reading\b.{0,40}\b(?:subscribe|sign|log in|register|account|subscription)\b|"
    r"\bthis (?:article|content|story) is (?:only |exclusively )?(?:for|available to|reserved for) (?:our )?(?:\w+ )?(?:subscribers|members)\b|"
    r"\byou have (?:reached|read) your (?:\w+ )*(?:limit|articles)\b|\balready a (?:subscriber|member)\b|"
    r"\b(?:weiterlesen mit|jetzt (?:abonnieren|testen|freischalten)|nur f\u00fcr abonnent\w*|exklusiv f\u00fcr abonnent\w*|sie haben bereits ein abo)\b|"
    r"\b(?:article|contenu) r\u00e9serv\u00e9 aux abonn\u00e9s\b|\bsolo para suscriptores\b|\bexclusivo para (?:suscriptores|assinantes)\b|"
    r"\bcontenuto riservato agli abbonati\b|\balleen voor abonnees\b|\bkun for abonnenter\b|\btylko dla prenumerator\u00f3w\b",
    re.IGNORECASE | re.DOTALL,
)


def instead(titles: tuple[str, ...], text: str) -> str | None:
    """Return what stands there instead of an article, in words that follow `is`, or None.

    titles   every title that the page goes by
    """
    words = count(text)
    short = [one for one in titles if count(one) <= _MOST_TITLE]
    if words <= _SHORT and any(_ERROR.search(one) for one in short):
        return "an error page"
    if words <= _SHORT and any(_CHECK.search(one) for one in short):
        return "a check for robots"
    about = len(_CONSENT.findall(text))
    if words <= _LONGEST_CONSENT and about >= 3:
        dense = about >= _DENSE * words
        if dense and (words <= _SHORT or any(_CONSENT_TITLE.search(one) for one in titles)):
            return "a question about cookies"
    return None


def is_walled(article: dict[str, Any], text: str, shown: str) -> bool:
    """Say whether only the beginning of the article is there.

    article   its node of JSON-LD
    text      what was extracted
    shown     all words of the page
    """
    if count(text) > _LONGEST_WALLED:
        return False
    free = article.get("isAccessibleForFree")
    parts = article.get("hasPart")
    told = [
        one.get("isAccessibleForFree")
        for one in (parts if isinstance(parts, list) else [parts])
        if isinstance(one, dict)
    ]
    closed = any(
        str(one).casefold() in {"false", "https://schema.org/false", "http://schema.org/false"}
        for one in (free, *told)
    )
    return closed or bool(_WALL.search(shown))
