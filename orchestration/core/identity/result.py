"""What a run found, as frames; each is made when it is first asked for."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from orchestration.core.identity.confidence import (
    Shares,
    account_confidence,
    edge_confidence,
    joining,
    person_confidence,
)
from orchestration.core.identity.corrections import Outcome
from orchestration.core.identity.households import household_pairs
from orchestration.core.identity.keys import (
    Flags,
    Ids,
    Ints,
    align,
    decode,
    decode_ids,
    factorise,
    find,
    spell,
)
from orchestration.core.identity.ledger import dates
from orchestration.core.identity.limits import IdentityLimits
from orchestration.core.identity.rules import Rule, is_trait
from orchestration.core.identity.state import IdentityState

#: ``identifier_type`` of rows that speak of a correction; the hash is the other account.
CORRECTION = "correction"


class IdentityResult:
    """People, their accounts, and how they came about. Frames are sorted by their key.

    changed: codes of accounts that are new or whose one_id is not that of the run before.
    """

    def __init__(self, state: IdentityState, limits: IdentityLimits, changed: Ints) -> None:
        self.state = state
        self.limits = limits
        self._changed = changed

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """One row per account: account_key, one_id, platform."""
        return self._accounts_of(np.arange(self.state.graph.accounts))

    @cached_property
    def changed_accounts(self) -> pd.DataFrame:
        """The rows of ``accounts`` that are new or have another one_id than in the run before."""
        return self._accounts_of(self._changed)

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row per person: one_id, accounts, platforms, confidence, minted_on."""
        ids, person = self._people
        graph = self.state.graph
        is_on = np.zeros((len(ids), len(graph.platforms)), dtype=np.bool_)
        is_on[person, graph.account_platform] = True
        return pd.DataFrame(
            {
                "one_id": decode_ids(ids),
                "accounts": np.bincount(person, minlength=len(ids)),
                "platforms": is_on.sum(axis=1),
                "confidence": person_confidence(person, len(ids), self._account_confidence),
                "minted_on": dates(self.state.register.minted(ids)),
            }
        )

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row per event, oldest run first: one_id, event, other_one_id, on_date, cause."""
        return self.state.history.frame()

    @cached_property
    def violations(self) -> pd.DataFrame:
        """One row per identifier and rule that stopped it: identifier_type, identifier_hash,
        accounts (that carry it), rule, would_merge (people among them).

        A correction that newer ones overrule is a row of type ``correction``; one about an account
        nobody knows too, with 0 accounts and 0 people.
        """
        graph, assignment = self.state.graph, self.state.assignment
        rule = np.where(assignment.is_cut, np.uint8(Rule.CORRECTION), assignment.rule)
        stopped = np.flatnonzero((rule != Rule.KEPT) & (rule != Rule.RELATION))
        rules = np.int64(len(Rule))
        rows = np.unique(graph.edge_identifier[stopped] * rules + rule[stopped])
        value, code = rows // rules, rows % rules
        concerned = np.zeros(graph.identifiers, dtype=np.bool_)
        concerned[value] = True
        edges = np.flatnonzero(concerned[graph.edge_identifier])
        accounts = np.bincount(graph.edge_identifier[edges], minlength=graph.identifiers)
        _, person = self._people
        met = np.unique(
            graph.edge_identifier[edges] * np.int64(max(graph.accounts, 1))
            + person[graph.edge_account[edges]]
        )
        people = np.bincount(met // max(graph.accounts, 1), minlength=graph.identifiers)
        found = pd.DataFrame(
            {
                "identifier_type": graph.type_names(value),
                "identifier_hash": graph.identifier_texts(value),
                "accounts": accounts[value],
                "rule": spell([name.name.lower() for name in Rule], code),
                "would_merge": people[value],
            }
        )
        return pd.concat([found, self._overruled()], ignore_index=True)

    @cached_property
    def evidence(self) -> pd.DataFrame:
        """One row per joining edge: account_key, identifier_type, identifier_hash, confidence.

        A "same" correction joins its two accounts in two rows of type ``correction``.
        """
        graph = self.state.graph
        edges = self._joining[0]
        found = pd.DataFrame(
            {
                "account_key": graph.account_texts(graph.edge_account[edges]),
                "identifier_type": graph.type_names(graph.edge_identifier[edges]),
                "identifier_hash": graph.identifier_texts(graph.edge_identifier[edges]),
                "confidence": self._edge_confidence,
            }
        )
        left, right = self._same
        both, other = np.concatenate([left, right]), np.concatenate([right, left])
        order = np.lexsort((other, both))
        stated = pd.DataFrame(
            {
                "account_key": graph.account_texts(both[order]),
                "identifier_type": pd.Series([CORRECTION] * len(order), dtype="str"),
                "identifier_hash": graph.account_texts(other[order]),
                "confidence": np.ones(len(order)),
            }
        )
        return pd.concat([found, stated], ignore_index=True)

    @cached_property
    def relations(self) -> pd.DataFrame:
        """One row per two people and type of value they share without being one: one_id,
        other_one_id (the greater), identifier_type, values_shared.
        """
        graph, (ids, person) = self.state.graph, self._people
        types, one, other, shared = household_pairs(
            graph, person, ~is_trait(graph, self.limits), self.limits.household_people
        )
        return pd.DataFrame(
            {
                "one_id": decode_ids(ids[one]),
                "other_one_id": decode_ids(ids[other]),
                "identifier_type": spell(graph.types, types),
                "values_shared": shared,
            }
        )

    @cached_property
    def resolved_ids(self) -> pd.DataFrame:
        """One row per id ever published: one_id, current_one_id (null when nobody is left)."""
        register = self.state.register
        return pd.DataFrame(
            {
                "one_id": decode_ids(register.id[register.is_published]),
                "current_one_id": decode_ids(register.resolved()[register.is_published]),
            }
        )

    @cached_property
    def _people(self) -> tuple[Ids, Ints]:
        """(ids in order, person of each account)."""
        person, ids = factorise(self.state.assignment.published)
        return ids, person

    @cached_property
    def _is_open(self) -> Flags:
        assignment = self.state.assignment
        return (assignment.rule == Rule.KEPT) & ~assignment.is_cut

    @cached_property
    def _joining(self) -> tuple[Ints, Ints]:
        return joining(self.state.graph, self._is_open)

    @cached_property
    def _edge_confidence(self) -> Shares:
        return edge_confidence(self.state.graph, self.limits, *self._joining)

    @cached_property
    def _account_confidence(self) -> Shares:
        graph = self.state.graph
        account = graph.edge_account[self._joining[0]]
        certain = np.concatenate(self._same)
        return account_confidence(graph.accounts, account, self._edge_confidence, certain)

    @cached_property
    def _same(self) -> tuple[Ints, Ints]:
        """The accounts of the "same" corrections in force."""
        corrections = self.state.corrections
        rows = corrections.is_same & (corrections.outcome == Outcome.APPLIED)
        keys, first, second = align(
            self.state.graph.account_key, corrections.first[rows], corrections.second[rows]
        )
        return find(keys, first)[0], find(keys, second)[0]

    def _accounts_of(self, accounts: Ints) -> pd.DataFrame:
        graph = self.state.graph
        return pd.DataFrame(
            {
                "account_key": graph.account_texts(accounts),
                "one_id": decode_ids(self.state.assignment.published[accounts]),
                "platform": graph.platform_names().iloc[accounts].reset_index(drop=True),
            }
        )

    def _overruled(self) -> pd.DataFrame:
        corrections = self.state.corrections
        rows = np.flatnonzero(corrections.outcome != Outcome.APPLIED)
        known = corrections.outcome[rows] == Outcome.OVERRULED
        first, second = decode(corrections.first[rows]), decode(corrections.second[rows])
        names = [f"{CORRECTION}_{name.name.lower()}" for name in Outcome]
        return pd.DataFrame(
            {
                "identifier_type": pd.Series([CORRECTION] * len(rows), dtype="str"),
                "identifier_hash": first + "|" + second,
                "accounts": np.where(known, 2, 0),
                "rule": spell(names, corrections.outcome[rows]),
                "would_merge": np.where(known, 2, 0),
            }
        )
