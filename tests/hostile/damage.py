"""Ways to damage a file."""

import pickle
import random
import shutil
from pathlib import Path

from sandbox import MARKER


class Payload:
    """Writes the marker when it is read as a pickle."""

    def __reduce__(self):
        return Path.touch, (Path(MARKER),)


def truncate(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def cut_last_byte(path):
    path.write_bytes(path.read_bytes()[:-1])


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


def make_folder(path):
    path.unlink()
    path.mkdir()


def replace_with(content):
    def damage(path):
        path.write_bytes(content)

    return damage


def zero_middle(path):
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 16] = bytes(len(content[middle : middle + 16]))
    path.write_bytes(content)


def flip_bit(number):
    def damage(path):
        content = bytearray(path.read_bytes())
        place = random.Random(number).randrange(8 * len(content))
        content[place // 8] ^= 1 << place % 8
        path.write_bytes(content)

    return damage


def make_loop(path):
    path.unlink()
    path.symlink_to(path.name)


def make_unreadable_text(path):
    path.write_bytes("é".encode("latin-1") * 100)


def double(path):
    path.write_bytes(path.read_bytes() * 2)


DAMAGES = {
    "removed": remove,
    "emptied": empty,
    "cut in half": truncate,
    "last byte cut": cut_last_byte,
    "a folder": make_folder,
    "a pickle": replace_with(pickle.dumps(Payload())),
    "a zip": replace_with(b"PK\x03\x04" + bytes(100)),
    "zeros": replace_with(bytes(500)),
    "16 zero bytes": zero_middle,
    "Latin-1": make_unreadable_text,
    "JSON null": replace_with(b"null"),
    "JSON list": replace_with(b"[]"),
    "JSON object": replace_with(b"{}"),
    "deep JSON": replace_with(b"[" * 100_000),
    "a link to itself": make_loop,
    "doubled": double,
} | {f"bit {number} flipped": flip_bit(number) for number in range(6)}


def copy_over(source):
    """Return a damage that replaces a file with another one of the folder."""

    def damage(path):
        shutil.copyfile(path.parent / source, path)

    return damage
