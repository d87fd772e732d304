"""The user's option files: found, checked, and given to Hydra ahead of the shipped ones."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from equipoise.errors import EquipoiseError
from equipoise.settings.text_file import expand_user_path
from equipoise.settings.yaml_text import parse_options, read_yaml_text

CONFIGS = "equipoise.configs"
EXPERIMENT_GROUP = "experiment"
OPTION_GROUPS = (
    "community",
    "network",
    "receptor",
    "lens",
    "control_center",
    "effector",
    "environment",
    "strategy",
)
# Either suffix is allowed; if two files have the same name, `.yaml` is read.
_SUFFIXES = (".yaml", ".yml")
_HYDRA_PACKAGE = re.compile(r"^#\s*@package\s+(_global_\.)?hydra\b", re.MULTILINE)
_HYDRA_GROUP = re.compile(r"((override|optional)\s+)*/?hydra\b")
_UNREADABLE = "{"  # not valid YAML: selecting the option causes an error

Folders = tuple[Path, ...]


class OptionKey(NamedTuple):
    """Group and name of an option."""

    group: str
    name: str


def find_folders(given: Iterable[str | Path]) -> tuple[Folders, list[str]]:
    """Return the folders of options, and a problem for each that is absent or holds no group."""
    folders, problems = [], []
    for folder in map(expand_user_path, given):
        problem = _folder_problem(folder)
        if problem:
            problems.append(f"--config-dir {folder}: {problem}")
        else:
            folders.append(folder.resolve())
    return tuple(folders), problems


def check_folders(given: Iterable[str | Path]) -> Folders:
    """Return the folders of options.

    Raises:
        EquipoiseError: with a line for each that is absent or holds no group.
    """
    folders, problems = find_folders(given)
    if problems:
        raise EquipoiseError(*problems)
    return folders


def _folder_problem(folder: Path) -> str:
    """Return the reason why a folder holds no options, or an empty string."""
    groups = (*OPTION_GROUPS, EXPERIMENT_GROUP)
    try:
        if not folder.is_dir():
            return "there is no such folder. Give one with folders of options in it."
        if any((folder / group).is_dir() for group in groups):
            return ""
    except (OSError, ValueError) as error:
        return f"it cannot be read: {getattr(error, 'strerror', None) or error}."
    if folder.resolve().name in groups:
        return f"this is one group of options. Give the folder that holds it: {folder.parent}."
    return f"it holds no folder of options. Allowed in it: {', '.join(groups)}."


def own_option_files(folders: Folders) -> dict[OptionKey, Path]:
    """Return the user's option files; for equal names, the file in the last folder."""
    files: dict[OptionKey, Path] = {}
    for folder in folders:
        for group in OPTION_GROUPS:
            for name, path in list_yaml_files(folder / group).items():
                files[OptionKey(group, name)] = path
    return files


def list_yaml_files(folder: Path) -> dict[str, Path]:
    """Return the YAML files of a folder by name; hidden files and folders are ignored."""
    files: dict[str, Path] = {}
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        entries = []
    for suffix in reversed(_SUFFIXES):
        for entry in entries:
            if entry.suffix == suffix and not entry.name.startswith(".") and not entry.is_dir():
                # Some systems write é as two characters.
                files[unicodedata.normalize("NFC", entry.stem)] = entry
    return files


def list_shipped_options(group: str) -> tuple[str, ...]:
    """Return the names of the shipped options of a group."""
    folder = resources.files(CONFIGS).joinpath(group)
    if not folder.is_dir():
        return ()
    names = [file.name for file in folder.iterdir()]
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def list_options(group: str, folders: Folders = ()) -> tuple[str, ...]:
    """Return the options of a group, which are the names of its files."""
    names = set(list_shipped_options(group))
    for folder in folders:
        names.update(list_yaml_files(folder / group))
    return tuple(sorted(names))


def describe_replaced_options(given: Iterable[str | Path]) -> list[str]:
    """Return a note for each folder whose options replace shipped or earlier ones."""
    notes = []
    earlier = {
        OptionKey(group, name) for group in OPTION_GROUPS for name in list_shipped_options(group)
    }
    for folder in find_folders(given)[0]:
        own = own_option_files((folder,))
        replaced = [f"{group}={name}" for group, name in own if (group, name) in earlier]
        if replaced:
            options = ", ".join(replaced)
            notes.append(f"note: {options}: files in {folder} replace earlier options.")
        earlier |= set(own)
        if (folder / "config.yaml").is_file():
            path = folder / "config.yaml"
            notes.append(f"note: {path} is not read; give its settings on the command line.")
    return notes


def read_option(path: Path) -> str:
    """Return the text of an option file.

    Raises:
        EquipoiseError: if it cannot be read, has a key twice, expands without end, or configures
            Hydra.
    """
    text = read_yaml_text(path, str(path))
    data = parse_options(text, str(path))
    if _configures_hydra(text, data):
        raise EquipoiseError(
            f"{path}: it configures Hydra, which has no effect on a run. Remove what is about "
            "hydra; --executor and --out say where jobs run and what they write."
        )
    return text


def _configures_hydra(text: str, data: Any) -> bool:
    """Return True if an option file sets a value of Hydra by key, package or defaults."""
    if _HYDRA_PACKAGE.search(text):
        return True
    if not isinstance(data, Mapping):
        return False
    defaults = data.get("defaults")
    entries = defaults if isinstance(defaults, list) else []
    names = [name for entry in entries if isinstance(entry, Mapping) for name in entry]
    return "hydra" in data or any(_HYDRA_GROUP.match(str(name)) for name in names)


@contextmanager
def stage_options(folders: Folders) -> Iterator[tuple[Path, Mapping[OptionKey, str]]]:
    """Give a folder with the user's options as Hydra reads them, and the problem of each bad file.

    A bad file causes an error only if it is selected.
    """
    problems: dict[OptionKey, str] = {}
    with tempfile.TemporaryDirectory(prefix="equipoise-options-") as place:
        stage = Path(place)
        head = resources.files(CONFIGS).joinpath("config.yaml").read_text("utf-8")
        (stage / "config.yaml").write_text(head, "utf-8")
        for key, path in own_option_files(folders).items():
            try:
                text = read_option(path)
            except EquipoiseError as error:
                problems[key] = str(error)
                text = _UNREADABLE
            target = stage / key.group / f"{key.name}.yaml"
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, "utf-8")
        yield stage, problems
