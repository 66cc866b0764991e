"""Orders and cycles of graphs by chance."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat.plan.order import depths, find_cycle, topological

NODES = "abcdefg"
graphs = st.dictionaries(
    st.sampled_from(NODES), st.sets(st.sampled_from(NODES), max_size=3), max_size=7
).map(lambda g: {n: {b for b in g.get(n, ()) if b in g} for n in sorted(g)})


@settings(max_examples=500, deadline=None)
@given(graph=graphs)
def test_every_node_is_ordered_or_behind_a_cycle(graph: dict[str, set[str]]) -> None:
    order, stuck = topological(graph)
    assert sorted([*order, *stuck]) == sorted(graph)
    for place, name in enumerate(order):
        assert graph[name] <= set(order[:place])
    if not stuck:
        depth = depths(order, graph)
        assert all(depth[b] < depth[n] for n in graph for b in graph[n])
        return
    path = find_cycle(graph, stuck)
    assert len(path) > 1
    assert path[0] == path[-1] == min(path)
    assert len(set(path)) == len(path) - 1
    assert all(one in graph[two] for one, two in itertools.pairwise(path))


@pytest.mark.parametrize(
    ("graph", "path"),
    [
        ({"a": {"a"}}, "aa"),
        ({"a": {"b"}, "b": {"a"}}, "aba"),
        ({"a": {"c"}, "b": {"a"}, "c": {"b"}, "d": {"c"}}, "abca"),
    ],
)
def test_a_cycle_follows_the_data(graph: dict[str, set[str]], path: str) -> None:
    assert "".join(find_cycle(graph, topological(graph)[1])) == path
