"""Word (DOCX): headings, lists, tables and code as Markdown. mammoth and lxml are imported on use."""

import io
import zipfile
from collections.abc import Iterator

from knowledge.converters import archive
from knowledge.converters.document import ConversionError, Document
from knowledge.converters.markdown import split_title
from knowledge.converters.markup import to_markdown
from knowledge.converters.reading import Content

_CODE = ("Code", "Source Code", "HTML Preformatted", "Plain Text", "Preformatted Text")
_INLINE_CODE = ("Verbatim Char", "HTML Code", "Code Char", "Source Text")
_STYLES = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        "u => ",
        *(f"p[style-name='{name}'] => pre:separator('\\n')" for name in _CODE),
        *(f"r[style-name='{name}'] => code" for name in _INLINE_CODE),
    ]
)


def convert(content: Content) -> Iterator[Document]:
    """One document per file."""
    data = io.BytesIO(content.read())
    try:
        with zipfile.ZipFile(data) as file:
            archive.check(file)
            if "word/document.xml" not in file.namelist():
                raise ConversionError("is not a Word document")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ConversionError(_what_else(data)) from error
    text = to_markdown(_html(data))
    heading, body = split_title(text)
    yield Document(
        where=content.where,
        external_id=content.external_id,
        title=heading or content.title,
        body=body if body.strip() else text,
        url=content.url,
    )


def _html(data: io.BytesIO) -> str:
    import mammoth  # type: ignore[import-untyped]

    def no_image(image: object) -> dict[str, str]:
        return {}

    data.seek(0)
    result = mammoth.convert_to_html(data, style_map=_STYLES, convert_image=mammoth.images.img_element(no_image))
    return str(result.value)


def _what_else(data: io.BytesIO) -> str:
    """Word keeps what has a password, and what is older than 2007, in another kind of file."""
    if data.getvalue().startswith(b"\xd0\xcf\x11\xe0"):
        return "has a password, or is in Word's old format; save it as .docx without a password"
    return "is damaged, or no Word document"
