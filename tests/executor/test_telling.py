"""Events of parts come in an order that respects the graph, whichever record is durable first."""

from __future__ import annotations

import random

from wombat.executor.telling import InOrder


def unit(number):
    return (f"t{number}", None)


def test_nothing_is_told_of_a_part_before_what_it_reads_is_over():
    for seed in range(200):
        rng = random.Random(seed)
        count = rng.randint(2, 9)
        firsts = {unit(n): {unit(m) for m in range(n) if rng.random() < 0.4} for n in range(count)}
        told = []
        order = InOrder(told.append, firsts)
        waiting, writing = list(range(count)), []
        stored = set()
        while waiting or writing:
            ready = [n for n in waiting if firsts[unit(n)] <= stored]
            if ready and (not writing or rng.random() < 0.6):
                n = rng.choice(ready)
                waiting.remove(n)
                order.tell(unit(n), ("retried", n))
                order.stored(unit(n))
                stored.add(unit(n))
                writing.append(n)
            else:
                n = writing.pop(rng.randrange(len(writing)))
                order.tell(unit(n), ("done", n))
                order.over(unit(n))
        assert sorted(told) == sorted(
            (word, n) for word in ("done", "retried") for n in range(count)
        )
        place = {one: at for at, one in enumerate(told)}
        for n in range(count):
            assert place["retried", n] < place["done", n]
            for name, _ in firsts[unit(n)]:
                assert place["done", int(name[1:])] < place["retried", n]


def test_a_part_that_fails_is_told_once_what_it_reads_is_over():
    told = []
    order = InOrder(told.append, {unit(0): set(), unit(1): {unit(0)}})
    order.stored(unit(0))
    order.tell(unit(1), "1 failed")
    assert told == []
    order.tell(unit(0), "0 done")
    order.over(unit(0))
    assert told == ["0 done", "1 failed"]
