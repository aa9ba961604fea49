"""Identity written again, slowly, over networkx: it shares nothing with the code but the rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta

import networkx as nx

from orchestration.core.identity import IdentityLimits

Value = tuple[str, str]
_NEVER = datetime.max  # noqa: DTZ901 - stands for "never", not for a moment


class Oracle:
    """The people of a list of edges, and why identifiers were refused."""

    def __init__(
        self, edges: list[tuple], limits: IdentityLimits, statements: list[tuple] = ()
    ) -> None:
        self.limits = limits
        self.first: dict[Value, datetime] = {}
        self.seen: dict[tuple[str, Value], datetime] = {}
        self.graph = nx.Graph()
        self.traits: dict[str, set[Value]] = defaultdict(set)
        for account, kind, value, first in edges:
            if kind in limits.traits:
                self.traits[account].add((kind, value))
                self.graph.add_node(account)
                continue
            node = (kind, value)
            time = _NEVER if first is None else datetime.fromisoformat(first)
            self.first[node] = min(self.first.get(node, _NEVER), time)
            self.seen[account, node] = min(self.seen.get((account, node), _NEVER), time)
            self.graph.add_edge(account, node)
        self.accounts = {edge[0] for edge in edges}
        self.refused: dict[Value, str] = {}
        self._drop_values()
        for component in list(nx.connected_components(self.graph)):
            self._refuse_values(component)
        for component in list(nx.connected_components(self.graph)):
            self._cut_giant(component)
        self.clusters = self._people(self.graph)
        self._correct(statements)
        self.people = self._people(self.graph)

    def _people(self, graph: nx.Graph) -> set[frozenset[str]]:
        parts = (
            frozenset(n for n in part if isinstance(n, str))
            for part in nx.connected_components(graph)
        )
        return {part for part in parts if part}

    def _refuse(self, node: Value, rule: str) -> None:
        self.refused[node] = rule
        self.graph.remove_node(node)

    def _drop_values(self) -> None:
        for node in list(self.first):
            kind, _ = node
            carriers = list(self.graph[node])
            most_on_platform = max(Counter(account[0] for account in carriers).values())
            allowed = self.limits.accounts_allowed(kind)
            on_platform = self.limits.accounts_allowed_on_platform(kind)
            if node in self.limits.blocked:
                self._refuse(node, "blocked")
            elif allowed is not None and len(carriers) > allowed:
                self._refuse(node, "maximum_accounts")
            elif on_platform is not None and most_on_platform > on_platform:
                self._refuse(node, "maximum_accounts_per_platform")

    def _impossible(self, accounts: set[str], values: set[Value], rank: int) -> bool:
        for kind, limit in self.limits.maximum_values.items():
            if self.limits.rank(kind) > rank:
                continue
            by_place = defaultdict(set)
            for account in accounts:
                for node in values & set(self.graph[account]):
                    if node[0] == kind:
                        by_place[account[0] if limit.per_platform else ""].add(node)
            for found in by_place.values():
                if len(found) <= limit.maximum:
                    continue
                if limit.window_days is None:
                    return True
                undated = sum(self.first[node] == _NEVER for node in found)
                times = [self.first[node] for node in found if self.first[node] != _NEVER]
                most = max(
                    (
                        sum(0 <= (t - start).days < limit.window_days for t in times)
                        for start in times
                    ),
                    default=0,
                )
                if most + undated > limit.maximum:
                    return True
        return False

    def _agglomerate(
        self, component: set, maximum: int | None, limited: bool = True
    ) -> dict[Value, str]:
        """Values refused when joining from the strongest to the weakest, and why."""
        values = {node for node in component if not isinstance(node, str)}
        ordered = sorted(values, key=lambda v: (self.limits.rank(v[0]), self.first[v], v))
        joined = nx.Graph()
        joined.add_nodes_from(node for node in component if isinstance(node, str))
        refused = {}
        for node in ordered:
            carriers = list(self.graph[node])
            people = [part for part in nx.connected_components(joined) if part & set(carriers)]
            if len(people) < 2:
                continue
            together = set().union(*people)
            if maximum is not None and len(together) > maximum:
                refused[node] = "maximum_person_accounts"
            elif self._impossible(together, values, self.limits.rank(node[0])):
                refused[node] = "maximum_values"
            elif maximum is None and any(
                self._contradict(node, one, other, values - set(refused))
                for one in people
                for other in people
                if one is not other
            ):
                refused[node] = "contradiction"
            if node in refused:
                continue
            nx.add_path(joined, carriers)
        return refused

    def _refuse_values(self, component: set) -> None:
        for node, rule in self._agglomerate(component, None).items():
            self._refuse(node, rule)

    def _contradict(self, node: Value, one: set[str], other: set[str], values: set[Value]) -> bool:
        """Whether the odds of joining two groups of accounts by the value are too low."""
        rules = self.limits.contradictions
        if node[0] not in rules.types:
            return False
        odds = _odds(self.limits.confidence_of(node[0]))
        differs = False
        for kind, weight in rules.weights.items():
            stated = [
                {
                    value
                    for account in group
                    for value in (set(self.graph[account]) & values) | self.traits[account]
                    if value[0] == kind
                }
                for group in (one, other)
            ]
            if kind != node[0] and all(stated) and not stated[0] & stated[1]:
                differs = True
                odds /= weight
        if not differs:
            return False
        first = [min(self.seen.get((a, node), _NEVER) for a in group) for group in (one, other)]
        if _NEVER not in first and abs(first[0] - first[1]) > timedelta(rules.passed_on_days):
            odds /= rules.passed_on.get(node[0], 1)
        return odds < _odds(rules.minimum_confidence)

    def _cut_giant(self, component: set) -> None:
        maximum = self.limits.maximum_person_accounts
        accounts = sorted(node for node in component if isinstance(node, str))
        if maximum is None or len(accounts) <= maximum:
            return
        parted = {}
        here = self.graph.subgraph(component).copy()
        for node in component:
            if isinstance(node, str):
                continue
            without = here.copy()
            without.remove_node(node)
            sizes = [
                sum(isinstance(n, str) for n in part) for part in nx.connected_components(without)
            ]
            if sum(size > 0 for size in sizes) > 1:
                parted[node] = len(accounts) - max(sizes)
        best = max(parted.values(), default=0)
        if best >= max(1, 0.1 * len(accounts)):
            worth = [node for node in parted if parted[node] * 2 >= best]
            dropped = [max(worth, key=lambda v: (self.limits.rank(v[0]), parted[v], v))]
        else:
            dropped = list(self._agglomerate(component, maximum))
        for node in dropped:
            self._refuse(node, "maximum_person_accounts")
        rest = self.graph.subgraph(component - set(dropped))
        for part in [set(part) for part in nx.connected_components(rest)]:
            self._cut_giant(part)

    def _correct(self, statements: list[tuple]) -> None:
        newest: dict[tuple[str, str], tuple] = {}
        for account, other, relation, stated in statements:
            pair = (min(account, other), max(account, other))
            if account != other and {account, other} <= self.accounts:
                said = (stated, relation == "different")
                newest[pair] = max(newest.get(pair, said), said)
        order = sorted(newest, key=lambda pair: (newest[pair][0], newest[pair][1]), reverse=True)
        # Among statements of one time "different" is heard first, then the smaller pair.
        order.sort(key=lambda pair: (_descending(newest[pair][0]), not newest[pair][1], pair))
        same = nx.Graph()
        same.add_nodes_from(self.accounts)
        apart: list[tuple[str, str]] = []
        for one, other in order:
            if newest[one, other][1]:
                if not nx.has_path(same, one, other):
                    apart.append((one, other))
                continue
            trial = same.copy()
            trial.add_edge(one, other)
            if not any(nx.has_path(trial, a, b) for a, b in apart):
                same = trial
        for part in nx.connected_components(same):
            for one, other in zip(sorted(part), sorted(part)[1:], strict=False):
                self.graph.add_edge(one, other, hard=True)
        for one, other in apart:
            self._part(same, one, other)

    def _part(self, same: nx.Graph, one: str, other: str) -> None:
        if not nx.has_path(self.graph, one, other):
            return
        closures = [nx.node_connected_component(same, account) for account in (one, other)]
        ends = [(self._seen(closure), min(closure)) for closure in closures]
        earlier, later = (one, other) if ends[0] < ends[1] else (other, one)
        network = nx.Graph()
        for left, right, data in self.graph.edges(data=True):
            node = right if isinstance(left, str) else left
            weight = (
                None if "hard" in data else max(1, round(100 * self.limits.confidence_of(node[0])))
            )
            network.add_edge(left, right, **({} if weight is None else {"capacity": weight}))
        # networkx gives the cut with the smallest side of the sink: let that be the later account.
        _, (_, beyond) = nx.minimum_cut(network, earlier, later)
        for left, right in list(self.graph.edges):
            if (left in beyond) != (right in beyond):
                self.graph.remove_edge(left, right)

    def _seen(self, closure: set[str]) -> datetime:
        times = [
            self.seen[account, node]
            for account in closure
            for node in self.graph[account]
            if not isinstance(node, str)
        ]
        return min(times, default=_NEVER)


def _odds(confidence: float) -> float:
    return confidence / (1 - confidence)


def _descending(text: str) -> tuple[int, ...]:
    return tuple(-ord(character) for character in text)
