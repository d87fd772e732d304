"""Settings with a file: its bytes are read once and kept, so that a run folder can store them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import PrivateAttr

from equipoise.settings.schema import SettingsModel
from equipoise.settings.text_file import expand_user_path, read_regular_file


class HeldContent:
    """The content of the file at ``path``.

    All instances are equal, so that records compare by their settings alone.
    """

    def __init__(self, path: str = "", content: bytes | None = None) -> None:
        self.path = path
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HeldContent)

    def __hash__(self) -> int:
        return 0


class FileSettings(SettingsModel):
    """Settings with the ``path`` of a file, whose bytes are read at first use and kept."""

    if TYPE_CHECKING:
        path: str
    _held: HeldContent = PrivateAttr(default_factory=HeldContent)

    def content(self) -> bytes:
        """Return the bytes of the file.

        Raises:
            OSError: if it cannot be read.
        """
        content = self.content_if_read()
        if content is None:
            content = read_regular_file(expand_user_path(self.path))
            self._held = HeldContent(self.path, content)
        return content

    def content_if_read(self) -> bytes | None:
        """Return the bytes of the file if they have been read, or None."""
        return self._held.content if self._held.path == self.path else None

    def with_content(self, path: str, content: bytes) -> Self:
        """Return a copy with another path and with these bytes as the content of its file."""
        copy = self.model_copy(update={"path": path})
        copy._held = HeldContent(path, content)
        return copy
