# ruff: noqa: RUF001 - the letters of other scripts are meant
"""The words that stand round names in by-lines, of some thirty languages: patterns and sets. Pure.

Each is of a closed class: what leads to a name, what joins two, what a desk, an agency or a
role is called. No site's own words stand here.
"""

import re
import unicodedata

_WRITTEN = (
    "written words posted published updated reported reporting edited story text kommentar gastkommentar gastbeitrag analyse essay kolumne "
    "interview opinion analysis commentary column review geschrieben verfasst escrito publicado pubblicato scritto écrit publié geschreven "
    "skrevet skriven"
)
_BY = "by oleh von vom par por door av af od przez autor autorka autorin autoren autores author auteur auteurs autore от автор text texte tekst tekstas words текст 文 作者"
_BY_OR_NAME = "de di da"
"""Words that lead to a name, and that names begin with: De Bruyne, Di Maria, da Silva."""

_LABELS = (
    "written by|authors?|by|words(?: by)?|story by|reporters?|verfasst von|geschrieben von|von|autor(?:in|en|innen)?|autorin/autor|"
    "autor/in|text(?: von)?|autor(?:es|a|as|i|e|ka|ki|zy|ius|iai)?|escrito por|publicado por|por|firmado por|escrit per|texto|"
    "auteurs?|écrit par|publié par|par|scritto da|a cura di|di|geschreven door|door|tekst|"
    "skrevet av|skrevet af|journalist(?:er)?|forfatter|skribent|skriven av|text av|höfundur|kirjoittaja|toimittaja|teksti|"
    "napisane przez|opracowanie|dziennikarz|autoři|szerző|írta|de către|scris de|yazar|yazan|kirjoittanut|napsal|napsala|napísal|ditulis oleh|написал|geskryf deur|penulis|oleh|tác giả|"
    "автор[аы]?|написано автором|текст|журналист|συντάκτης|γράφει|מאת|بقلم|الكاتب|كتب|نویسنده|लेखक|"
    "作者|撰文|文|記者|记者|編輯|文責|執筆|著者|筆者|글|기자"
)
_ROLES = (
    r"editors?|reporters?|correspondents?|staff writers?|writers?|journalists?|columnists?|contributors?|"
    r"analysts?|professor|director|producers?|bureau|desk|redakt\w+|korrespondent\w*|reporterin|journalistin|"
    r"journaliste|corresponsal|redactor\w*|periodista|giornalista|inviat[oa]|chefe?|head|chief|"
    r"updated|published|minutes?|hours?|ago|read|follow|email|share|comments?"
)
_HELD = (
    "reporters? correspondents? editors? writers? journalists? columnists? contributors? critics? commentators? producers? analysts? "
    "redakteur(?:in)? reporterin korrespondent(?:in)? journalistin journaliste correspondante? corresponsal periodista redactora? "
    "giornalista inviat[oa] corrispondente"
)
_HELD_HOW = (
    "chief senior staff deputy associate assistant managing executive contributing special guest freelance investigative multimedia "
    "political politics business health science sports? foreign diplomatic world us uk eu home crime education environment climate "
    "energy economics economy financial finance technology tech travel culture arts royal defen[cs]e security national "
    "international regional local digital video data legal consumer money markets media tv news night city court police religion "
    "entertainment showbiz features lifestyle food music film weather transport housing property politik wirtschaft kultur sport "
    "wissenschaft panorama feuilleton ressort and und for of at &"
)
_DESKS = (
    "redaktion redaktionen redaktionsteam newsredaktion onlineredaktion redaksjonen redaktsioon redakcja redakce redakcia "
    "redakcija redacción redaccion redacció redação redacao redazione rédaction redaction redactie redacteur szerkesztőség "
    "redacția редакция редакція toimitus newsroom newsdesk webdesk desk staff staffwriter team crew editors editor editorial board "
    "bureau reporter reporters correspondent correspondents writer writers agencies agency agencias agencia agenzie agenturen wire wires "
    "newswire service services contributor contributors nachrichtenagenturen ajansları desks"
)
_BESIDE_DESKS = (
    "our own a the la le die der il el de da do news web online digital special sports sport staff guest political local "
    "city national world foreign business entertainment central press media tv radio video online-redaktion und and y e et"
)
_WORDING = (
    "read more share related news follow subscribe comments comment advertisement source tags photo photos copyright all rights reserved "
    "latest breaking sign log in up back top home page updated published posted min mins minute minutes watch listen live video gallery "
    "world business sports politics health science opinion culture foto bild fotos weitere mehr lesen artikel zum thema leia mais ver más "
    "noticias leer también leggi anche lire aussi article articles story stories edition print email newsletter privacy policy our your "
    "this that the and for with from new newsletter continue reading download app see also next previous about contact us"
)
_AGENCIES = (
    "AFP|Agence France-Presse|AP|The Associated Press|Associated Press|Reuters|Thomson Reuters|dpa|dpa-AFX|epd|KNA|SID|dts|APA|SDA|"
    "Keystone-SDA|ATS|Keystone-ATS|ANSA|Adnkronos|EFE|Europa Press|Lusa|Belga|ANP|NTB|TT|Ritzau|STT|BNS|ELTA|LETA|PAP|ČTK|CTK|TASR|SITA|"
    "MTI|Agerpres|Tanjug|Hina|STA|ANA-MPA|TASS|ТАСС|RIA|РИА Новости|Interfax|Интерфакс|Ukrinform|Укринформ|UNIAN|AA|Anadolu|DHA|İHA|IANS|"
    "PTI|ANI|UNI|UNB|BSS|APP|Xinhua|新华社|Kyodo|共同通信|Jiji|時事通信|Yonhap|연합뉴스|CNA|中央社|VNA|TTXVN|Antara|Bernama|AAP|PA|PA Media|"
    "Press Association|CP|The Canadian Press|UPI|Bloomberg|Notimex|Télam|Telam|Agência Brasil|Estadão Conteúdo|Folhapress|ots|JIJI"
)

BETWEEN = frozenset(
    "and und et en og och oraz ja ve és și şi και ir un dhe agus dan sowie и та و और এবং".split()
)
"""Words that join two names."""
BETWEEN_WHOLE = frozenset("e y i a u o com avec mit with".split())
"""Words that join two names, and are met within one: only between whole names they part."""
JUNIOR = frozenset("jr sr ii iii iv phd md esq jr. sr. ph.d. m.d. ma mba msc llm".split())
PARTICLES = frozenset(
    "von van vom zum zur der den de la le las los del della delle dei degli di da do dos das du zu af av bin bint ibn al el abu "
    "ben y e i ter ten te op het san st. st t' d' ul ur".split()
)
NOT_NAMES = frozenset(
    "admin administrator author authors autor autorin autoren auteur auteurs autore autori autores guest anonymous unknown none null "
    "undefined by von user webmaster news noauthor profile share follow comments advertisement print email bio biography website "
    "homepage home readmore default root test superuser editor1 nan na".split()
)


def _words(text: str) -> str:
    return "|".join(re.escape(one) for one in sorted(text.split(), key=len, reverse=True))


LABEL = re.compile(rf"\A\W*(?:{_LABELS})\s*:?\s*\Z", re.IGNORECASE)
"""A text that is nothing but a label: what follows is a name."""
_FIELDS = (
    r"(?:text|texte|texto|testo|tekst|teksti|words|story)\s+(?:und|and|et|y|e|og|och|en|ja|&|\+)\s+\w+|haber|interview|intervista|"
    r"entrevista|entretien|reportage|bericht|oprac\.?|przygotowała?"
)
"""Labels that lines of a text may begin with, and so count in a by-line alone."""
LABELLED = re.compile(rf"\A\W*(?:{_LABELS}|{_FIELDS})\s*[:\uff1a\uff0f/]\s*(?=\S)", re.IGNORECASE)
"""A label with its colon, before a name."""
LEAD = re.compile(
    r"\A(?:(?:an?|eine?|une?|una)\s+(?:[^\s,]+\s+){1,4}?(?:by|von|de|di|par|por)\s+|aus\s+\S.{1,40}?\s+berichte[nt]\s+)|"
    rf"\A(?:(?:(?:an?|ein|una?|un)\s+)?(?:\w+\s+){{0,2}}?(?:{_words(_WRITTEN)})\s+)?"
    rf"(?:(?:{_words(_BY)})|(?P<particle>{_words(_BY_OR_NAME)})|foto\s+und\s+text|teksti|oprac\.|γράφ(?:ει|ουν)\s+(?:η|ο|οι)|"
    r"dal(?:la)?\s+nostr[oa]\s+(?:inviat[oa]|corrispondente)|(?:guest|gast)\s*(?:author|writer|columnist|autor(?:in)?)|"
    r"(?:words|text)\s+(?:and|&)\s+(?:photos?|pictures|photography)\s+by)\s*(?::|\s)\s*",
    re.IGNORECASE,
)
"""What leads to a name: `By`, `Eine Rezension von`, `Aus Kabul berichtet`; as `particle` what may be part of it."""
LINE = re.compile(
    r"\A\W*(?:(?:written|posted|published|story|words|reporting) )?(?:by|von|di|de|por|par|door|av|af|przez|oleh)\s+(?=\S)|"
    rf"\A\W*(?:{_LABELS})\s*[:\uff1a\uff0f]\s*(?=\S)",
    re.IGNORECASE,
)
"""What a line begins with that names who wrote the article."""
LINE_END = re.compile(
    r"[;|\u00b7\u2022(]|\s[\u2013\u2014-]\s|\d|\b(?:in|on|am|le|il|el|updated|published|posted|aktualisiert)\b",
    re.IGNORECASE,
)
"""What follows the names in such a line."""
FROM_PLACE = re.compile(r"\s(?:in|aus|from|en|em)\s+[^\W\d_a-z]\S*(?:\s[^\W\d_a-z]\S*)?\Z")
"""Where who wrote it was, behind a name."""
_OTHERS = (
    r"(?:(?:medically|expertly)\s+)?(?:edited|editors?|reviewed|fact[- ]?checked|translated|illustrated|photographs?|photos?|photography|"
    r"fotos?|bilder|pictures?|illustrations?|graphics?|additional reporting|übersetzung|übersetzt|traduction|traducción|traduzione)"
    r"\s*(?:by|von|par|por|di|:|\()\s*\S.*\Z"
)
OTHER_HANDS = re.compile(
    rf"[\s,;|]+{_OTHERS}|"
    r"(?<=\w)[\s,]+(?:special (?:to|for)|exclusive (?:to|for)|for(?= the\b)|especial para)\s+\S.*\Z",
    re.IGNORECASE,
)
"""Who edited, translated or drew, behind who wrote."""
BY_OTHERS = re.compile(rf"\A\W*{_OTHERS}", re.IGNORECASE)
"""Who did, before who wrote, or beside."""
ASKING = re.compile(
    r"\A(?:(?:see|view|read|show|visit)\b.{0,12}\b(?:full|all|more|bio|profile|posts|articles|archive|stories)\b|"
    r"more\b.{0,12}\b(?:from|by|posts|articles|stories)\b|all (?:posts|articles|stories)|full bio|follow\b|about (?:the|us)\b|"
    r"contact\b|click here|alle artikel|zum profil|zur autor|mehr von|voir (?:tous|le)|ver (?:m[aá]s|todos|perfil)|tutti gli)",
    re.IGNORECASE,
)
"""What asks readers to go on, where a link to an author may say so."""
ROLE = re.compile(rf"\b(?:{_ROLES})\b", re.IGNORECASE)
DATED = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|"
    r"jan(?:uary|uar)?|feb(?:ruary|ruar)?|march|m\u00e4rz|april|june?|july?|juni|juli|august|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|"
    r"de[cz](?:ember)?)\b\W*(?=[^\n]*\d).*\Z|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b.*\Z|\b\d{4}-\d\d-\d\d\b.*\Z|\b(?:updated|published|aktualisiert|veröffentlicht)\b.*\Z|\d{4}年.*\Z",
    re.IGNORECASE,
)
"""A day, from its name or month to the end: it has a figure in it, or it is a person's name."""
MOMENT = re.compile(r"\d{1,2}:\d\d\b|\b\d+\s+\w+\s+ago\b|\A(?:vor|il y a|hace|há)\s+\d", re.IGNORECASE)
"""A time of day, or how long ago that was."""
HOUSE = re.compile(
    r"\A(?:the\s|.*\b(?:universit\w+|institut\w*|college|school|cent(?:er|re)|foundation|stiftung|news|media|magazine|network)\b)",
    re.IGNORECASE,
)
"""Where somebody works, beside his name."""
HELD = re.compile(rf"\A(?:{'|'.join(_HELD.split())})\Z", re.IGNORECASE)
HELD_HOW = re.compile(rf"\A(?:{'|'.join(_HELD_HOW.split())})\Z", re.IGNORECASE)
"""A word for who works for a paper, and one that stands beside it: chief political correspondent."""
FOR_WHOM = re.compile(
    r"\s(?:for|of the)\s+\S.*\Z|\s(?:with|mit|avec|con|com)\s+(?:agenc(?:ies|es|ias)|agenturen|agenzie|agências|wires?)\Z",
    re.IGNORECASE,
)
"""For whom somebody wrote, behind a name."""
ASKING_BEHIND = re.compile(
    r"(?:['\u2019]s)?\s+(?:follow(?:ing)?|(?:view|see)\s+(?:bio|profile)|profile|subscribe)\Z", re.IGNORECASE
)
"""What asks readers to go on, behind a name."""
_WORDING_WORDS = frozenset(_WORDING.split())
_DESK_WORDS = frozenset(_DESKS.split())
_BESIDE_DESK_WORDS = frozenset(_BESIDE_DESKS.split())


def folded(name: str) -> str:
    """Return a name without what spellings of the same name differ in."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name).casefold()))


_AGENCY_KEYS = frozenset(folded(one) for one in _AGENCIES.split("|"))


def is_agency(name: str) -> bool:
    """Say whether a name is that of a news agency, or of several joined by strokes."""
    parts = [folded(one) for one in re.split(r"[/,+&-]", name)]
    return folded(name) in _AGENCY_KEYS or all(one in _AGENCY_KEYS for one in parts)


def is_desk(name: str) -> bool:
    """Say whether a name is that of a desk, which says no more than that the publication wrote it."""
    words = [word.strip(".") for word in re.split(r"[\s\u00a0-]+", name.casefold())]
    return any(word in _DESK_WORDS for word in words) and all(
        word in _DESK_WORDS or word in _BESIDE_DESK_WORDS for word in words
    )


def is_wording(text: str) -> bool:
    """Say whether a text in capitals has a word of a page's own talk in it, such as `Read More`."""
    return any(word.strip(".:") in _WORDING_WORDS for word in text.casefold().split())
