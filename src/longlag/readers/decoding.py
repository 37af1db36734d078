"""From bytes to text. All lines end in a newline, whatever they ended in before."""

import codecs
import io
from contextlib import suppress
from itertools import pairwise

from longlag.errors import InputError

#: What a text may begin with to tell its encoding, the longer ones first.
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
WESTERN, CYRILLIC = "cp1252", "cp1251"


class Undecodable(Exception):
    """A byte that is not text; `before` is the text before that byte."""

    def __init__(self, before: str, problem: str):
        super().__init__(problem)
        self.before = before


class Decoder:
    """Decodes a text piece by piece.

    The encoding is the one that was asked for, or the one that a mark at the beginning names.
    UTF-16 without a mark shows in the zeros between letters. Any other text is UTF-8. If its first
    byte beyond ASCII is not UTF-8, the text is in a Windows code page.
    """

    def __init__(self, head: bytes, encoding: str | None, likely: str | None = None):
        """`head` is the beginning of the text, and `likely` the code page if it is in one.

        Raises `InputError` for no encoding of text.
        """
        self._may_change, self._likely = encoding is None, likely
        self.code_page: str | None = None  #: that the text turned out to be in
        self.encoding = encoding or _marked(head)
        self._start()
        # Line ends are translated after decoding, so that a change of encoding loses none.
        self._lines = io.IncrementalNewlineDecoder(None, translate=True)

    def decode(self, data: bytes, last: bool) -> str:
        """The text of the next bytes; raises `Undecodable`."""
        try:
            text = self._decoder.decode(data, last)
        except UnicodeDecodeError as error:
            before, rest = error.object[: error.start], error.object[error.start :]
            if self._may_change and self.encoding == "utf-8" and before.isascii():
                self.code_page = self.encoding = self._likely or code_page(rest)
                self._may_change = False
                self._start()
                return self.decode(before + rest, last)
            known = ""
            with suppress(UnicodeError):  # some encodings ignore nothing
                known = before.decode(self.encoding.removesuffix("-sig"), "ignore")
            raise Undecodable(
                self._lines.decode(known, True),
                f"byte 0x{error.object[error.start]:02x} is not {spoken(self.encoding)} text: "
                "correct it, or name the --encoding",
            ) from None
        except UnicodeError as error:  # such as that a mark is missing
            raise Undecodable(
                self._lines.decode("", True),
                f"it is not {spoken(self.encoding)} text ({error}): name another --encoding",
            ) from None
        if not text.isascii():
            self._may_change = False
            text = text.replace("\ufeff", "")  # the mark of a file that was put below another
        return self._lines.decode(text, last)

    def _start(self) -> None:
        try:
            self._decoder = codecs.getincrementaldecoder(self.encoding)()
            self._decoder.decode(b"").encode()  # some decode bytes to bytes
        except (LookupError, TypeError, AttributeError, ValueError):
            raise InputError(
                f"--encoding must name an encoding, such as utf-8, utf-16 or cp1252, "
                f"got {self.encoding[:40]!r}"
            ) from None


def tells_mark(head: bytes) -> bool:
    """Whether these first bytes are enough to tell the encoding by."""
    return len(head) > 1 and not any(
        len(head) < len(mark) and mark.startswith(head) for mark in MARKS
    )


def code_page(data: bytes) -> str:
    """The Windows code page of a text that is not UTF-8, as far as bytes can tell.

    Letters beyond ASCII stand alone among others in Western words, side by side in Cyrillic ones.
    """
    high = [byte >= 0xC0 for byte in data[:65536]]
    pairs = sum(a and b for a, b in pairwise(high))
    return CYRILLIC if 2 * pairs > sum(high) else WESTERN


def spoken(encoding: str) -> str:
    """The name of an encoding for a person."""
    if encoding.startswith("cp125"):
        return f"Windows-{encoding[2:]}"
    return encoding.removesuffix("-sig").upper()


def _marked(head: bytes) -> str:
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            return encoding
    if len(head) > 1 and (head[0] == 0) != (head[1] == 0):
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    return "utf-8"
