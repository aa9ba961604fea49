"""Who shares a phone, device or address without being one person: relations, never keys."""

from __future__ import annotations

import numpy as np

from orchestration.core.identity.graph import Graph, ranges
from orchestration.core.identity.keys import Flags, Ints


def household_pairs(
    graph: Graph, person: Ints, is_edge: Flags, most: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """(type, person, greater person, values shared) of the people who carry the same values.

    ``person`` numbers the person of each account; only flagged edges count. A value on more than ``most`` people is a
    call centre or a shop, not a household, and relates nobody. Sorted by person, greater person
    and type; a value costs at most ``most`` squared rows.
    """
    size = np.int64(max(int(person.max(initial=0)) + 1, 1))
    met = np.unique(graph.edge_identifier[is_edge] * size + person[graph.edge_account[is_edge]])
    value, carrier = met // size, met % size
    carriers = np.bincount(value, minlength=graph.identifiers)
    related = (carriers[value] > 1) & (carriers[value] <= most)
    value, carrier = value[related], carrier[related]
    # Rows of a value stand together in the order of people: each pairs with those behind it.
    ends = np.searchsorted(value, value, side="right")
    at = np.arange(len(value))
    one, other = np.repeat(at, ends - at - 1), ranges(at + 1, ends)
    kind = graph.identifier_type[value[one]].astype(np.int64)
    keys = np.column_stack([carrier[one], carrier[other], kind])
    pairs, shared = np.unique(keys, axis=0, return_counts=True)
    return pairs[:, 2], pairs[:, 0], pairs[:, 1], shared
