"""Names that would do something if they were anything but data."""

#: Markup of Rich, of HTML and of TeX, control characters of terminals, lines, and sheer length.
NAMES = {
    "closing tag": "flow [/min]",
    "tag": "power [kw]",
    "style": "[red on blue]x[/]",
    "link": "[link=https://example.org]x[/link]",
    "emoji": ":smile: :warning:",
    "element": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "formula": r"$x_1$ and $\frac{1}",
    "dollar": "price in $",
    "colour": "a\x1b[31mb",
    "window title": "a\x1b]0;pwn\x07b",
    "c1": "a\x9b31mb\x9dx",
    "backspace": "right\b\b\b\b\bwrong",
    "carriage return": "right\rwrong",
    "right to left": "a\u202eb\u2066c",
    "other scripts": "äβ中😀ก",
    "braces": "{target} {0} %s %(x)s {{ 7 * 7 }}",
    "long": "n" * 100_000,
}

#: All at once, and a long one: where each name alone would tell no more.
TOGETHER = {
    "together": " ".join(name for name in NAMES.values() if len(name) < 100),
    "long": NAMES["long"],
}


def control_characters(text: str) -> set[str]:
    """Those that no terminal should see."""
    return {c for c in text if not c.isprintable()} - {"\n"}
