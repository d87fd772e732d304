"""The user's network from a file: settings that say which file, columns, weights and directions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from pydantic import field_validator

from equipoise.errors import EquipoiseError
from equipoise.network.builders import NetworkModel
from equipoise.network.content import FILE_ADVICE
from equipoise.network.formats import read_network_file
from equipoise.network.graphs import Network, arrange_network
from equipoise.network.listing import NO_TIES, AskedTies, NetworkListing
from equipoise.network.own_graph import build_from_listing
from equipoise.network.people import add_people
from equipoise.settings.schema import setting
from equipoise.settings.text_file import expand_user_path


class NetworkFile(NetworkModel):
    """A network from a file of ties in any usual format; its people are the community."""

    kind: ClassVar[str] = "file"
    path: str = setting(
        "",
        "file of ties: a table (edge list), adjacency list or matrix, GraphML, GEXF, GML, Pajek, "
        "JSON or Matrix Market, packed or not; relative to the working folder",
    )
    columns: tuple[str, ...] = setting(
        (),
        "names, or numbers from 1, of the columns of a table with the two people of a tie",
        off=(),
        off_means="by the heading, or the first two",
    )
    weight: str = setting(
        "",
        "column or attribute of ties with their strength, relative to its median",
        off="",
        off_means="all ties are alike",
    )
    directed: bool = setting(
        False,
        "only the second person of a tie hears the first",
        off=False,
        off_means="both hear each other",
    )
    nodes: str = setting(
        "",
        "table of people, with those without ties, and their tribes if it has a column tribe",
        off="",
        off_means="people of the ties only",
    )

    @field_validator("columns", "weight", mode="before")
    @classmethod
    def _read_numbers(cls, value: Any) -> Any:
        """Return numbers of columns as text."""
        if isinstance(value, (list, tuple)):
            return tuple(map(_read_number, value))
        return _read_number(value)

    @field_validator("columns")
    @classmethod
    def _check_columns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value and (len(value) != 2 or value[0] == value[1]):
            given = ", ".join(value)
            raise EquipoiseError(
                f"{given} is given; a tie has two people. "
                "Give two columns, as in network.columns=[source,target]."
            )
        return value

    def build(self, size: int, seed: int) -> Network:
        """Return the network of the file; ``size`` is used only if it is empty, ``seed`` never.

        Raises:
            EquipoiseError: if the path is missing, the file cannot be read, or lines are malformed.
        """
        if self.path in ("", "???"):
            raise EquipoiseError(f"network.path is missing. {FILE_ADVICE}")
        path = expand_user_path(self.path)
        listing = read_network_file(path, AskedTies(self.columns, self.weight, self.directed))
        if self.nodes:
            listing = add_people(listing, expand_user_path(self.nodes))
        listing = replace(listing, directed=self.directed)
        if listing.size:
            return build_from_listing(listing, str(path), self.tribes)
        note = f"{path}: it holds no ties; the {size:,} people of community.size have none"
        return arrange_network(NetworkListing(size, NO_TIES, notes=(note,)), self.tribes)


def _read_number(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value
