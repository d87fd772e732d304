"""Files that belong to settings: read once, and held, so that a run folder can keep what was really read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import PrivateAttr

from equipoise.settings.schema import SettingsModel


class HeldContent:
    """What the file at ``path`` held. All are equal, so that records compare by their settings alone."""

    def __init__(self, path: str = "", content: bytes | None = None) -> None:
        self.path, self.content = path, content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HeldContent)

    def __hash__(self) -> int:
        return 0


class FileSettings(SettingsModel):
    """A record with the ``path`` of a file, whose bytes are read when they are first wanted, and held."""

    if TYPE_CHECKING:
        path: str
    _held: HeldContent = PrivateAttr(default_factory=HeldContent)

    def content(self) -> bytes:
        """Return the file's bytes.

        Raises:
            OSError: when it cannot be read.
        """
        held = self.held()
        if held is None:
            held = Path(self.path).expanduser().read_bytes()
            self._held = HeldContent(self.path, held)
        return held

    def held(self) -> bytes | None:
        """Return the file's bytes if they were read already."""
        return self._held.content if self._held.path == self.path else None

    def holding(self, path: str, content: bytes) -> Self:
        """Return the record as if its file were at ``path`` and held these bytes."""
        copy = self.model_copy(update={"path": path})
        copy._held = HeldContent(path, content)
        return copy
