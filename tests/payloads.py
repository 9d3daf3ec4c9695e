"""Attempts to have a script run in a reader: each would set `__x` on the window, were it let.

Written for this project, by kind: elements that run, events, addresses that run, styles,
foreign content, what parsers repair differently, what only unescaping or cleaning makes.
"""

X = "window.__x=1"
_EVENTS = (
    "onload onerror onclick onmouseover onfocus onblur onscroll onwheel ontoggle onbegin onanimationstart "
    "onanimationend ontransitionend onpointerdown onpointerenter onpointerover onresize oncopy oncut onpaste onkeydown "
    "onsubmit onreset onchange oninput oninvalid onplay onloadstart oncanplay onloadedmetadata onstalled onended "
    "onbeforetoggle oncontentvisibilityautostatechange onhashchange onmessage onpageshow onpopstate onunload "
    "ondragstart ondrop oncontextmenu onauxclick onselectstart onsecuritypolicyviolation onformdata"
).split()
_BEARERS = (
    "img src=y",
    "video src=y autoplay",
    "details open",
    "a href=#x",
    "p tabindex=0 autofocus",
    "audio src=y",
)
_SCHEMES = (
    f"javascript:{X}", f"JaVaScRiPt:{X}", f" javascript:{X}", f"\x01javascript:{X}", f"java\tscript:{X}",
    f"java\nscript:{X}", f"java\rscript:{X}", f"java&#9;script:{X}", f"java&Tab;script:{X}", f"java&NewLine;script:{X}",
    f"&#106;avascript:{X}", f"&#x6A;avascript:{X}", f"&#0000106avascript:{X}", f"javascript&colon;{X}",
    f"javascript&#58;{X}", f"javascript&#x3a;{X}", f"\u00a0javascript:{X}", f"\u200bjavascript:{X}",
    f"\ufeffjavascript:{X}", f"vbscript:{X}", f"data:text/html,<script>{X}</script>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cuX194PTE8L3NjcmlwdD4=", f"data:image/svg+xml,<svg onload={X}>",
    f"javascript://ok.example/%0a{X}", f"jav\x00ascript:{X}", f"feed:javascript:{X}", f"view-source:javascript:{X}",
    "blob:https://ok.example/1", "filesystem:https://ok.example/1", f"livescript:{X}", f"mocha:{X}", f"//javascript:{X}",
)  # fmt: skip
_PLACES = (
    '<a href="{}">go</a>', '<img src="{}">', '<q cite="{}">q</q>', '<video poster="{}"></video>',
    '<form action="{}"><button>go</button></form>', '<iframe src="{}"></iframe>', '<object data="{}"></object>',
    '<embed src="{}">', '<area href="{}">', '<base href="{}">', '<link rel=stylesheet href="{}">',
    '<svg><a xlink:href="{}"><text>go</text></a></svg>', '<math href="{}">go</math>', '<button formaction="{}">go</button>',
    '<input type=image src="{}">', '<meta http-equiv=refresh content="0;url={}">', '<body background="{}">',
    '<source srcset="{}">', '<track src="{}">', '<blockquote cite="{}">q</blockquote>', '<a ping="{}" href=#>go</a>',
)  # fmt: skip
_ELEMENTS = (
    f"<script>{X}</script>", f"<SCRIPT>{X}</SCRIPT>", f"<script >{X}</script >", f"<script/x>{X}</script>",
    f"<script\n>{X}</script\n>", f"<script>{X}", f"<<script>{X}//<</script>", f"<script>/*<b>*/{X}</script>",
    f"<scr<script>ipt>{X}</scr</script>ipt>", f"<script type=module>{X}</script>", f"<svg><script>{X}</script></svg>",
    f"<svg><script>{X}</svg>", f"<math><script>{X}</script></math>", f"<svg><script href='data:,{X}'/></svg>",
    f"<noscript><p title='</noscript><script>{X}</script>'>", f"<template><script>{X}</script></template>",
    f"<template shadowrootmode=open><script>{X}</script></template>", "<iframe srcdoc='<script>parent.__x=1</script>'></iframe>",
    f"<style>@import 'javascript:{X}';</style>", f"<style>*{{animation:a}}@keyframes a{{}}</style><p onanimationend={X}>",
    f"<style></style><img src=y onerror={X}></style>", f"<xmp><p title='</xmp><script>{X}</script>'>",
    f"<plaintext><script>{X}</script>", f"<textarea><script>{X}</script></textarea>", f"<title><script>{X}</script></title>",
    f"<title></title><script>{X}</script></title>", f"<textarea></textarea><script>{X}</script>", f"<select><script>{X}</script></select>",
    f"<frameset onload={X}><frame></frameset>", f"<marquee onstart={X}>m</marquee>", f"<isindex onfocus={X} autofocus>",
    f"<keygen onfocus={X} autofocus>", f"<input onfocus={X} autofocus>", f"<select onfocus={X} autofocus></select>",
    f"<dialog open onclose={X}>d</dialog>", f"<portal src='javascript:{X}'>", f"<bgsound src='javascript:{X}'>",
    f"<layer src='javascript:{X}'></layer>", f"<applet code=x onerror={X}></applet>", f"<xml><i><b>&lt;img src=y onerror={X}></b></i></xml>",
    f"<?xml-stylesheet href='javascript:{X}'?>", f"<!doctype html SYSTEM 'javascript:{X}'>", f"<x onclick={X} tabindex=1 autofocus>x</x>",
    f"<custom-element onfocus={X} tabindex=0 autofocus>x</custom-element>", f"<details open ontoggle={X}><summary>s</summary>d</details>",
    f"<svg onload={X}>", f"<svg/onload={X}>", f"<svg><animate onbegin={X} attributeName=x dur=1s>", f"<svg><set onbegin={X}>",
    f"<svg><a><animate attributeName=href values=javascript:{X} /><text>t</text></a></svg>",
    f"<svg><foreignObject><img src=y onerror={X}></foreignObject></svg>", f"<svg><use href='data:image/svg+xml,<svg id=x onload={X}>#x'/></svg>",
    f"<svg><image href=y onerror={X}>", f"<svg><style><img src=y onerror={X}></style></svg>", f"<svg><desc><img src=y onerror={X}></desc></svg>",
    f"<math><mtext></form><form><mglyph><style></math><img src=y onerror={X}>", f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=y onerror={X}&gt;'>",
    f"<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img src=y onerror={X}>'>",
    f"<svg></p><style><a id='</style><img src=y onerror={X}>'>", f"<math></br><style><a title='</style><img src=y onerror={X}>'>",
    f"<svg><p><style><!--</style><img src=y onerror={X}>--></style>", f"<math><annotation-xml encoding=text/html><img src=y onerror={X}></annotation-xml></math>",
    f"<math><maction actiontype=statusline xlink:href='javascript:{X}'>m</maction></math>", f"<table><td><svg><style></td><img src=y onerror={X}>",
    f"<a><table><a href='javascript:{X}'>x</a></table>", f"<table><script>{X}</script></table>", f"<p><table><p title='</table><img src=y onerror={X}>'>",
)  # fmt: skip
_BROKEN = (
    f"<img src=y onerror={X}", f"<img src=y onerror={X}//", f"<img src='y' onerror='{X}'", f"<img/src=y/onerror={X}>",
    f"<img src=y\nonerror\n=\n{X}>", f"<img src=y\x0conerror={X}>", f"<img src=y onerror=\x01{X}>", f"<img src=y oNeRrOr={X}>",
    f"<img src=y ONERROR={X}>", f"<img ''\"><script>{X}</script>\">", f"<img src=`y` onerror={X}>", f"<img src=y onerror=`{X}`>",
    f"<img src=y =onerror={X}>", f"<img src=y / onerror={X}>", f"<img src='y'onerror='{X}'>", f"<img src=y onerror&#61;{X} onerror={X}>",
    f"<im\x00g src=y onerror={X}>", f"<img\x0bsrc=y onerror={X}>", f"</br/onclick={X}>", f"</p onmouseover={X}>x",
    f"<!--><img src=y onerror={X}>-->", f"<!---><img src=y onerror={X}>-->", f"<!--x--!><img src=y onerror={X}>-->",
    f"<!-- --\n><img src=y onerror={X}> -->", f"<!><img src=y onerror={X}>", f"<!a><img src=y onerror={X}>", f"<?x><img src=y onerror={X}>?>",
    f"<% <img src=y onerror={X}> %>", f"<![CDATA[<img src=y onerror={X}>]]>", f"<svg><![CDATA[><img src=y onerror={X}>]]></svg>",
    f"]]><img src=y onerror={X}>", f"--><img src=y onerror={X}>", f'"><img src=y onerror={X}>', f"'><img src=y onerror={X}>",
    f"</title><img src=y onerror={X}>", f"</style><img src=y onerror={X}>", f"</script><img src=y onerror={X}>", f"</textarea><img src=y onerror={X}>",
    f"</article></main></body><img src=y onerror={X}>", f"</content></entry><img src=y onerror={X}>", f"&lt;img src=y onerror={X}&gt;",
    f"&amp;lt;img src=y onerror={X}&amp;gt;", f"&#60;img src=y onerror={X}&#62;", f"&#x3c;script&#x3e;{X}&#x3c;/script&#x3e;",
    f"%3Cscript%3E{X}%3C/script%3E", f"\\u003cscript\\u003e{X}\\u003c/script\\u003e", f"\\x3cscript\\x3e{X}\\x3c/script\\x3e",
    f"＜script＞{X}＜/script＞", f"\u02c2script\u02c3{X}\u02c2/script\u02c3", f"+ADw-script+AD4-{X}+ADw-/script+AD4-", f"{{{{constructor.constructor('{X}')()}}}}",
    f"${{{X}}}", f"#{{{X}}}", f"<p title='&quot;><img src=y onerror={X}>'>t</p>", f'<p title="\'><img src=y onerror={X}>">t</p>',
    f'<p title="&lt;/p&gt;&lt;img src=y onerror={X}&gt;">t</p>', f"<p lang='x\" onclick=\"{X}'>t</p>", f"<a href='https://ok.example/\" onclick=\"{X}'>t</a>",
    f"<a href=https://ok.example/&quot;onclick=&quot;{X}>t</a>", f"<img src='https://ok.example/&#39;onerror=&#39;{X}'>", f"<img alt='\"><script>{X}</script>' src=y>",
    f"<time datetime='\"><script>{X}</script>'>t</time>", f"<ol type='\"><img src=y onerror={X}>'><li>1</ol>", f"<td colspan='1\" onclick={X}'>t",
    f"<p style='background:url(javascript:{X})'>t</p>", f"<p style='width:expression({X})'>t</p>", f"<p style='behavior:url(#x)' onclick={X}>t</p>",
    f"<p style=\"-moz-binding:url('data:,{X}')\">t</p>", "<p style='position:fixed;inset:0'>t</p>", f"<a style='animation:x' onanimationstart={X}>t</a>",
    f"<img srcset='javascript:{X} 2x' src=y>", f"<img src=y usemap=#m><map name=m><area href='javascript:{X}'></map>", f"<a href=# target=_blank onclick={X}>t</a>",
    f"<p id=x onfocus={X} contenteditable autofocus>t</p>", f"<p popover id=p onbeforetoggle={X}>t</p><button popovertarget=p>b</button>", f"<video><source onerror={X}></video>",
    f"<audio><source onerror={X} src=y></audio>", f"<video onerror={X}><source></video>", f"<picture><source srcset=y><img onerror={X} src=y></picture>",
    f"<p xmlns:x='http://www.w3.org/1999/xhtml'><x:script>{X}</x:script></p>", f"<html:script>{X}</html:script>", f"<s:script xmlns:s='http://www.w3.org/2000/svg'>{X}</s:script>",
)  # fmt: skip

PAYLOADS: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *_ELEMENTS,
            *_BROKEN,
            *(f"<{_BEARERS[n % len(_BEARERS)]} {event}={X}>t" for n, event in enumerate(_EVENTS)),
            *(_PLACES[n % 2].format(scheme) for n, scheme in enumerate(_SCHEMES)),
            *(place.format(f"javascript:{X}") for place in _PLACES),
        ]
    )
)
