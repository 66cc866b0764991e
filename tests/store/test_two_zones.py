"""A pack of one name in two zones: what one zone's collection dooms, the other may still hold."""

from __future__ import annotations

import pytest

from tests.store.machine import StoreMachine
from wombat.store import Artifact, names
from wombat.store.doom import Doomed


@pytest.fixture
def machine() -> StoreMachine:
    """Both zones hold a pack of the same bytes; the trusted one's is doomed."""
    made = StoreMachine()
    made.begin()
    made.push_and_wait(zone="t/shop", seeds=[4], branch="main")
    made.held.clear()
    made.wait(hours=50.0)
    made.die_and_retry(zone="u/shop", branch="side", seeds=[4], calls=0)
    made.collect(zone="t/shop", small=False)
    return made


def test_the_own_zones_pack_may_be_named_again(machine: StoreMachine):
    store = machine.process("u/shop")
    store.space.watch.look(store.space)
    assert names.pack("t/shop", pack(machine)) in store.space.watch.doomed
    machine.tag(zone="u/shop", branch="side")
    assert machine.lines["u/shop", "tags", f"v{machine.runs}"].versions


def test_where_no_zone_holds_it_any_more_it_is_not(machine: StoreMachine):
    store = machine.process("u/shop")
    store.space.watch.doomed.add(names.pack("u/shop", pack(machine)))
    head = store.head("p", "side")
    assert head is not None
    artifact = Artifact.from_json(head.outputs["o"])
    with pytest.raises(Doomed):
        store.commit_ref(machine.change("r99", "next", 99, artifact))


def pack(machine: StoreMachine) -> str:
    head = machine.process("u/shop").head("p", "side")
    assert head is not None
    (found,) = head.outputs["o"]["packs"]
    return found
