"""A language tag (BCP 47) -> its English name, for the languages that news is most often written in."""

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


def language_name(tag: str | None) -> str | None:
    """Return the English name of the tag's language; the tag itself where it is not known here."""
    if not tag:
        return None
    return _NAMES.get(tag.replace("_", "-").partition("-")[0].lower(), tag)


def foreign(tag: str | None, home: str | None) -> str | None:
    """Return the name of an article's language where it is not that of the topic (or else English)."""
    name = language_name(tag)
    return name if name and name != language_name(home or "en") else None
