"""A language tag (BCP 47) -> its English name, for the languages that news is most often written in."""

import re

_NAMES = dict(
    pair.split(":")
    for pair in (
        "af:Afrikaans am:Amharic ar:Arabic az:Azerbaijani be:Belarusian bg:Bulgarian bn:Bengali bs:Bosnian "
        "ca:Catalan cs:Czech cy:Welsh da:Danish de:German dv:Dhivehi el:Greek en:English eo:Esperanto "
        "es:Spanish et:Estonian eu:Basque fa:Persian fi:Finnish fo:Faroese fr:French fy:Frisian ga:Irish "
        "gd:Gaelic gl:Galician gu:Gujarati ha:Hausa he:Hebrew hi:Hindi hr:Croatian ht:Haitian hu:Hungarian "
        "hy:Armenian id:Indonesian ig:Igbo is:Icelandic it:Italian ja:Japanese jv:Javanese ka:Georgian "
        "kk:Kazakh km:Khmer kn:Kannada ko:Korean ku:Kurdish ky:Kyrgyz la:Latin lb:Luxembourgish lo:Lao "
        "lt:Lithuanian lv:Latvian mg:Malagasy mk:Macedonian ml:Malayalam mn:Mongolian mr:Marathi ms:Malay "
        "mt:Maltese my:Burmese nb:Norwegian ne:Nepali nl:Dutch nn:Norwegian no:Norwegian oc:Occitan or:Odia "
        "pa:Punjabi pl:Polish prs:Dari ps:Pashto pt:Portuguese ro:Romanian ru:Russian rw:Kinyarwanda "
        "sd:Sindhi si:Sinhala sk:Slovak sl:Slovene so:Somali sq:Albanian sr:Serbian sv:Swedish sw:Swahili "
        "ta:Tamil te:Telugu tg:Tajik th:Thai ti:Tigrinya tk:Turkmen tl:Tagalog tr:Turkish tt:Tatar ug:Uyghur "
        "uk:Ukrainian ur:Urdu uz:Uzbek vi:Vietnamese wo:Wolof xh:Xhosa yi:Yiddish yo:Yoruba zh:Chinese zu:Zulu"
    ).split()
)

_TWO_LETTERS = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el "
    "en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu "
    "ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na "
    "nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so "
    "sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
"""ISO 639-1, whole."""
_THREE_LETTERS = frozenset(
    "arn ast bal ceb chr crh csb dak din dsb efi ewo fil fon frr fur gil gsw haw hil hmn hsb iba ilo kab kha kok kos "
    "krc lad lez lua lus mad mag mai man mas mni moh mos mus mwl myv nap nds new nia niu nso nyn pag pam pap pau rap "
    "rar rom sah sat scn sco shn smn sma smj sms snk srn srr syr tet tig tkl tlh tpi tum tvl tyv udm umb vot war yap "
    "zap zun".split()
)
"""ISO 639-2, those spoken in our days that have no two letters."""
_SPOKEN = _TWO_LETTERS | _THREE_LETTERS
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")


def known(tag: str | None) -> bool:
    """Say whether a language tag (BCP 47) is one that every feed reader may be asked to know."""
    match = _TAG.fullmatch(tag or "")
    return match is not None and match[1].lower() in _SPOKEN


def language_name(tag: str | None) -> str | None:
    """Return the English name of the tag's language; the tag itself where it is not known here."""
    if not tag:
        return None
    return _NAMES.get(tag.replace("_", "-").partition("-")[0].lower(), tag)


def foreign(tag: str | None, home: str | None) -> str | None:
    """Return the name of an article's language where it is not that of the topic (or else English)."""
    name = language_name(tag)
    return name if name and name != language_name(home or "en") else None
