"""Layouts of studies: balanced, the same every time, and kind to the people who vote."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.domain.study import Kind
from benchmarks.votes import blocks

sizes = st.fixed_dictionaries(
    {
        "recipes": st.integers(2, 7),
        "shots": st.integers(3, 24),
        "raters": st.integers(1, 6),
        "slots": st.integers(1, 60),
    }
)


def ground(recipes, shots, golden=True):
    names = [f"m{i}" for i in range(recipes)]
    every = {f"s{i}": frozenset(names) for i in range(shots)}
    return blocks.Ground(
        shots=every,
        pairs=blocks.pairs_of(names),
        golden=frozenset(every) if golden else frozenset(),
    )


def laid(size, seed="study", **more):
    of = ground(size["recipes"], size["shots"])
    names = [f"r{i}" for i in range(size["raters"])]
    return blocks.layout(seed, [(name, of) for name in names], size["slots"], **more)


def pair(ask):
    return tuple(sorted((ask.left, ask.right)))


def of_kind(asks, kind):
    return [a for a in asks if a.kind is kind]


@given(sizes)
@settings(max_examples=60, deadline=None)
def test_every_pair_of_recipes_is_asked_equally_often(size):
    asks = of_kind(laid(size), Kind.PAIR)
    counts = Counter(pair(a) for a in asks)
    every = [counts[p] for p in blocks.pairs_of([f"m{i}" for i in range(size["recipes"])])]
    assert max(every) - min(every) <= 1


@given(sizes)
@settings(max_examples=60, deadline=None)
def test_nobody_sees_a_shot_more_than_twice_whatever_for(size):
    views = Counter((a.rater, a.shot) for a in laid(size))
    assert max(views.values()) <= 2


@given(sizes)
@settings(max_examples=60, deadline=None)
def test_sides_are_balanced_for_each_rater_and_pair_and_over_all(size):
    asks = of_kind(laid(size), Kind.PAIR)
    tilt, of_rater = Counter(), Counter()
    for a in asks:
        step = 1 if a.left < a.right else -1
        tilt[pair(a)] += step
        of_rater[a.rater, pair(a)] += step
    assert all(abs(v) <= 1 for v in tilt.values())
    assert all(abs(v) <= 1 for v in of_rater.values())


@given(sizes)
@settings(max_examples=30, deadline=None)
def test_a_layout_follows_from_seed_and_raters_alone(size):
    assert laid(size) == laid(size)


@given(sizes)
@settings(max_examples=40, deadline=None)
def test_a_repeat_comes_after_its_pair_with_sides_changed_and_no_pair_is_asked_twice(size):
    asks = laid(size)
    numbers = {(a.rater, a.number): a for a in asks}
    for again in of_kind(asks, Kind.AGAIN):
        first = numbers[again.rater, again.of]
        assert first.kind is Kind.PAIR
        assert again.number > first.number
        assert (first.shot, first.left, first.right) == (again.shot, again.right, again.left)
    asked = Counter((a.rater, a.shot, pair(a)) for a in of_kind(asks, Kind.PAIR))
    assert max(asked.values(), default=0) <= 1


@given(sizes)
@settings(max_examples=30, deadline=None)
def test_a_second_round_never_asks_a_rater_the_same_again(size):
    first = of_kind(laid(size), Kind.PAIR)
    seen = {(a.rater, a.shot, pair(a)) for a in first}
    second = of_kind(laid(size, "second", seen=seen), Kind.PAIR)
    assert not seen & {(a.rater, a.shot, pair(a)) for a in second}


@given(sizes, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_what_has_no_take_is_never_shown(size, chance):
    names = [f"m{i}" for i in range(size["recipes"])]
    shots = {
        f"s{i}": frozenset(chance.sample(names, chance.randint(1, len(names))))
        for i in range(size["shots"])
    }
    patchy = blocks.Ground(shots=shots, pairs=blocks.pairs_of(names))
    for ask in blocks.layout("x", [("r", patchy), ("q", patchy)], size["slots"]):
        assert {ask.left, ask.right} <= shots[ask.shot]
        assert ask.kind is not Kind.GOLD


def test_numbers_run_without_gaps_and_another_seed_gives_another_order():
    size = {"recipes": 4, "shots": 20, "raters": 2, "slots": 40}
    one, other = laid(size, "a"), laid(size, "b")
    for rater in ("r0", "r1"):
        assert [a.number for a in one if a.rater == rater] == list(range(1, 41))
    assert one != other


def test_controls_take_their_share_of_a_raters_slots():
    size = {"recipes": 4, "shots": 40, "raters": 1, "slots": 60}
    counts = Counter(a.kind for a in laid(size))
    assert counts == {Kind.PAIR: 46, Kind.AGAIN: 6, Kind.GOLD: 5, Kind.SAME: 3}
