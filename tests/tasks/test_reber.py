"""Reber grammars against a regular expression, another automaton and exact laws; the judges."""

import itertools
import math
import re
from fractions import Fraction
from functools import cache
from itertools import islice

import numpy as np
import pytest
from numba import njit

from longlag.errors import InputError
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, numpy_stream, open_stream, stream_state
from longlag.tasks.reber import BRANCHES, ContinualReber, EmbeddedReber, Reber, _codes
from longlag.tasks.reber_grammar import ALPHABET, CONTINUAL, EMBEDDED, REBER, legal_next

# The grammar as regular expressions. After X in the upper half or P in the lower:
_REST = "(?:XT*VP)*(?:S|XT*VV)"
_REBER = f"B(?:TS*X{_REST}|PT*V(?:V|P{_REST}))E"
STRING = {
    "reber": re.compile(_REBER),
    "embedded-reber": re.compile(f"B(?:T{_REBER}T|P{_REBER}P)E"),
}
TASKS = {"reber": Reber(), "embedded-reber": EmbeddedReber(strings=0)}
SHORTEST = {"reber": 5, "embedded-reber": 9}

# And as a walk, written apart from the library's: bit() chooses at each branch.
BRANCHING = {1: "T2 P3", 2: "S2 X4", 3: "T3 V5", 4: "X3 S6", 5: "P4 V6"}


def reber(bit):
    yield "B"
    node = 1
    while node != 6:
        symbol, node_ = BRANCHING[node].split()[bit()]
        yield symbol
        node = int(node_)
    yield "E"


def embedded(bit):
    yield "B"
    symbol = "TP"[bit()]
    yield symbol
    yield from reber(bit)
    yield symbol
    yield "E"


WALK = {"reber": reber, "embedded-reber": embedded}


def spell(name, u):
    """The string that a number of [0, 1) stands for, or None where its 53 bits do not suffice."""
    bits = int(u * 2**53)
    places = itertools.count()

    def bit():
        place = next(places)
        if place == 53:
            raise OverflowError
        return bits >> place & 1

    try:
        return "".join(WALK[name](bit))
    except OverflowError:
        return None


@cache
def all_strings(name, longest):
    """Every string of at most so many symbols, with its number of branches."""
    found = {}

    def extend(choices):
        left = iter(choices)
        string = ""
        try:
            for symbol in WALK[name](lambda: next(left)):
                string += symbol
        except RuntimeError:  # the choices are used up: both ways from here
            if len(string) < longest:
                extend((*choices, 0))
                extend((*choices, 1))
        else:
            if len(string) <= longest:
                found[string] = len(choices)

    extend(())
    return found


def letters(symbols):
    return "".join(ALPHABET[int(symbol)] for symbol in symbols)


def strings_of(task, count, **stream):
    """What is read in the first sequences; their targets must be the symbols that follow."""
    found = []
    for x, target in islice(task.sequences(**stream), count):
        found.append(letters(x[:, 0]))
        np.testing.assert_array_equal(target[:-1], np.eye(7)[x[1:, 0].astype(int)])
        assert np.isnan(target[-1]).all()
    return found


@pytest.mark.parametrize("name", STRING)
def test_both_definitions_have_the_known_numbers_of_strings(name):
    first = SHORTEST[name]
    strings = all_strings(name, first + 9)
    assert all(STRING[name].fullmatch(string) for string in strings)
    counts = np.bincount([len(string) for string in strings])[first:]
    both = 1 if name == "reber" else 2  # with T and with P around
    assert counts.tolist() == [both * n for n in (2, 3, 4, 7, 11, 16, 24, 36, 53, 78)]


@pytest.mark.parametrize("name", STRING)
def test_strings_are_those_of_the_definition(name):
    generator = numpy_stream(5, 1, Purpose.TRAINING)
    drawn = strings_of(TASKS[name], 2000, seed=5, trial=1)
    assert drawn == [spell(name, generator.random()) for _ in range(2000)]
    assert all(STRING[name].fullmatch(string) for string in drawn)


@pytest.mark.parametrize("name", STRING)
def test_lengths_have_their_exact_law(name):
    """Ten lengths and all longer ones; the seed is fixed, over all seeds it fails below 1e-6."""
    first = SHORTEST[name]
    law = np.zeros(11)
    for string, branches in all_strings(name, first + 9).items():
        law[len(string) - first] += 0.5**branches
    law[-1] = 1 - law.sum()
    n = 20_000
    lengths = [len(x) for x, _ in islice(TASKS[name].sequences(seed=8), n)]
    counts = np.bincount(np.minimum(np.array(lengths) - first, 10), minlength=11)
    half = np.sum((counts - n * law) ** 2 / (n * law)) / 2  # at least 200 are expected in a cell
    # The chi-square distribution of 10 degrees of freedom, an even number, in closed form.
    assert math.exp(-half) * sum(half**i / math.factorial(i) for i in range(5)) > 1e-6


@pytest.mark.parametrize(("grammar", "mean"), [(REBER, 8), (EMBEDDED, 12)])
def test_mean_lengths(grammar, mean):
    """The mean number of symbols to the end, from each node: one more than that of the next."""
    n = len(grammar) - 1
    steps = np.eye(n)
    for node, edges in enumerate(grammar[:-1]):
        for to in edges.values():
            if to < n:
                steps[node, to] -= 1 / len(edges)
    # Rounding of a small well-conditioned system.
    assert abs(np.linalg.solve(steps, np.ones(n))[0] - mean) < 1e-10


@pytest.mark.parametrize(("grammar", "chance"), [(REBER, 1.54e-7), (EMBEDDED, 2.10e-7)])
def test_strings_that_do_not_fit_a_code_are_as_rare_as_stated(grammar, chance):
    """Exactly, by the number of branches taken."""
    at = {0: Fraction(1)}  # where strings are, at their next branch
    for taken in range(BRANCHES + 1):
        waiting, at = at, {}
        while waiting:
            node, share = waiting.popitem()
            if len(grammar[node]) == 1:
                (to,) = grammar[node].values()
                waiting[to] = waiting.get(to, Fraction(0)) + share
            elif grammar[node]:
                at[node] = at.get(node, Fraction(0)) + share
        if taken < BRANCHES:
            moved = {}
            for node, share in at.items():
                for to in grammar[node].values():
                    moved[to] = moved.get(to, Fraction(0)) + share / 2
            at = moved
    # The three digits stated.
    assert abs(float(sum(at.values())) - chance) < 0.005e-7


# B T B T S S S without end; X by the last bit, so that one more is needed; X and S by the last two.
ENDLESS, TOO_LONG, LONGEST = 0.0, 0.5, 0.75


def test_strings_that_do_not_fit_a_code_are_drawn_again():
    assert spell("embedded-reber", ENDLESS) is spell("embedded-reber", TOO_LONG) is None
    longest = spell("embedded-reber", LONGEST)
    assert longest == "BTBT" + 49 * "S" + "XSETE"

    class Stub:
        def random(self, count):
            return np.resize([ENDLESS, TOO_LONG, LONGEST], count)

    assert set(islice(_codes(Stub()), 10)) == {int(LONGEST * 2**BRANCHES)}  # pyright: ignore


def test_kernels_draw_strings_that_do_not_fit_a_code_again():
    begin = EmbeddedReber.kernel().begin

    @njit
    def length(state, p, m):
        return begin(open_stream(state, 0), numbers(p, 0), numbers(m, 0))

    # The first word drawn is the sum of a, b and the counter, and the second is 9 c + 1.
    c = (int(LONGEST * 2**64) - 1) * pow(9, -1, 2**64) % 2**64
    state = np.array([[0], [0], [c], [0]], np.uint64)  # draws ENDLESS, then LONGEST
    assert length(state, np.zeros((2, 1)), np.zeros((2, 1))) == 4 + 49 + 5


@pytest.mark.parametrize("name", STRING)
def test_legal_next_symbols_are_those_of_some_string(name):
    grammar = {"reber": REBER, "embedded-reber": EMBEDDED}[name]
    longest = SHORTEST[name] + 9
    follow = {}
    for string in all_strings(name, longest):
        for i in range(len(string) + 1):
            follow.setdefault(string[:i], set()).update(string[i : i + 1])
    # Every legal symbol leads to an end within 9 symbols.
    beginnings = [beginning for beginning in follow if len(beginning) <= longest - 9]
    assert len(beginnings) > 10
    for beginning in beginnings:
        assert set(legal_next(beginning, grammar)) == follow[beginning]
        assert len(legal_next(beginning, grammar)) == len(follow[beginning])


def test_legal_next_refuses_what_begins_no_string():
    message = "symbols must begin a string of the grammar: S or X may follow 'BT', got 'V'"
    with pytest.raises(InputError, match=f"^{message}$"):
        legal_next("BTV", REBER)
    with pytest.raises(InputError, match="nothing may follow 'BTXSE', got 'B'"):
        legal_next("BTXSEB", REBER)
    assert legal_next("BTBTXSETE", CONTINUAL) == "B"


# The sets of Experiment 1.


def brute_force_sets(seed, pair, strings, duplicates):
    generator = numpy_stream(seed, pair, Purpose.SETS)
    training, test = [], []
    while len(training) < strings:
        string = spell("embedded-reber", generator.random())
        if string and (duplicates or string not in training):
            training.append(string)
    while len(test) < strings:
        string = spell("embedded-reber", generator.random())
        if string and string not in training and (duplicates or string not in test):
            test.append(string)
    return test, training


@pytest.mark.parametrize("duplicates", [True, False])
@pytest.mark.parametrize("trial", [0, 1, 5])
def test_networks_are_tested_on_the_test_set_and_then_on_the_training_set(trial, duplicates):
    task = EmbeddedReber(duplicates=duplicates)
    test, training = brute_force_sets(3, trial % 3, 256, duplicates)
    for purpose in (Purpose.EXAM, Purpose.TESTING):
        strings = strings_of(task, 514, seed=3, trial=trial, purpose=purpose)
        assert strings == [*test, *training, *test[:2]]
    assert not set(test) & set(training)
    if not duplicates:
        assert len(set(test)) == len(set(training)) == 256


def test_training_draws_from_the_training_set():
    _, training = brute_force_sets(3, 1, 256, True)
    generator = numpy_stream(3, 4, Purpose.TRAINING)
    drawn = strings_of(EmbeddedReber(), 600, seed=3, trial=4)
    assert drawn == [training[int(generator.random() * 256)] for _ in drawn]


def test_trials_share_pairs_but_seeds_do_not():
    task = EmbeddedReber(pairs=3)
    for trial in range(6):
        same = [
            i for i in range(6) if task.trial_parameters(1, i) == task.trial_parameters(1, trial)
        ]
        assert same == [trial % 3, trial % 3 + 3]
    assert task.trial_parameters(2, 0) != task.trial_parameters(1, 0)
    assert len(task.parameters) == len(task.trial_parameters(7, 7)) == 2 + 512
    assert EmbeddedReber(strings=0).trial_parameters(1, 1) == (0.0, 0.0)


def test_a_set_of_256_draws_has_about_100_different_strings():
    different = [
        len(set(EmbeddedReber(pairs=20).trial_parameters(1, pair)[-256:])) for pair in range(20)
    ]
    # 300 pairs of another seed had 101 with a standard deviation of 6.4, so 1.5 for the mean of 20;
    # five of those are left with probability below 1e-6.
    assert abs(np.mean(different) - 101) < 5 * 1.5


# The continual stream.


def endless(bit):
    while True:
        yield from embedded(bit)


def test_the_continual_stream_is_that_of_the_definition():
    generator = numpy_stream(2, 0, Purpose.TRAINING)
    drawn = [0]
    for x, target in islice(ContinualReber(length=3000).sequences(2), 2):
        walk = endless(lambda: drawn[-1])
        stream = ""
        for _ in range(3000):  # every step draws the bit of the branch that may come after it
            stream += next(walk)
            drawn.append(int(generator.random() * 2))
        stream += next(walk)
        assert letters(x[:, 0]) == stream[:-1]
        assert letters(target.argmax(axis=1)) == stream[1:]
        assert (np.sort(target)[:, -2:] == [0, 1]).all()
        *whole, _ = re.split("(?<=E)(?=B[TP]B)", stream)
        assert len(whole) > 200
        assert all(STRING["embedded-reber"].fullmatch(string) for string in whole)


def test_extras_are_the_legal_next_symbols():
    """Along a stream, with every kind of string in it, and at the end of a whole string."""
    begin, element, target = ContinualReber.kernel()[:3]

    @njit
    def write(state, p, m, x, y, Y):
        stream = open_stream(state, 0)
        p_, m_, x_, y_ = numbers(p, 0), numbers(m, 0), numbers(x, 0), numbers(y, 0)
        begin(stream, p_, m_)
        for t in range(len(Y)):
            element(stream, p_, m_, t, x_)
            target(p_, m_, t, y_)
            Y[t, 0] = x_[0]
            for k in range(1, 8):
                Y[t, k] = y_[6 + k]

    Y = np.zeros((2000, 8))
    state = stream_state(1, 0, Purpose.TRAINING)[:, None]
    write(state, np.array([[0.0], [2000.0]]), *(np.zeros((n, 1)) for n in (2, 1, 14)), Y)
    stream = letters(Y[:, 0])
    for t, legal in enumerate(Y[:, 1:]):
        assert set(letters(np.flatnonzero(legal))) == set(legal_next(stream[: t + 1], CONTINUAL))
        assert legal.sum() in (1, 2)


# The judge.


@pytest.fixture(scope="module")
def judge():
    """judge(criterion, target, legal, {symbol: output}) -> (largest, mean)."""
    compiled = Reber.kernel().judge

    @njit
    def call(p, y, out):
        return compiled(numbers(p, 0), numbers(y, 0), numbers(out, 0))

    def judged(criterion, target, legal, outputs):
        p = np.array(Reber(criterion).parameters)[:, None]
        y = np.array([s == target for s in ALPHABET] + [s in legal for s in ALPHABET], float)
        out = np.array([outputs.get(s, 0.1) for s in ALPHABET])
        return call(p, y[:, None], out[:, None])

    return judged


NAN = math.nan


@pytest.mark.parametrize(
    ("legal", "outputs", "all_legal", "most_active"),
    [
        ("SX", {"S": 0.6, "X": 0.4}, True, True),
        ("SX", {"S": 0.11, "X": 0.11}, True, True),  # equal to each other, above the rest
        ("SX", {"S": 0.6, "X": 0.4, "T": 0.39}, True, True),
        ("SX", {"S": 0.6, "X": 0.4, "T": 0.4}, False, True),  # a tie with an illegal one
        ("SX", {"S": 0.6, "T": 0.4}, False, True),
        ("SX", {"S": 1.0, "X": 0.0}, False, True),  # the target itself
        ("SX", {"S": 0.6, "X": 0.4, "T": 0.6}, False, False),
        ("SX", {"S": 0.6, "X": 0.4, "T": 0.7}, False, False),
        ("SX", {}, False, False),
        ("T", {"T": 0.2}, True, True),
        ("T", {"T": 0.2, "P": 0.2}, False, False),  # the T to be remembered, or P
        ("T", {"T": 0.2, "P": 0.3}, False, False),
        ("SX", dict.fromkeys(ALPHABET, NAN), False, False),
        ("SX", {"S": 0.6, "X": 0.4, "T": NAN}, False, False),
        ("SX", {"S": 0.6, "X": NAN}, False, False),
    ],
)
def test_answers_that_are_right_and_wrong(judge, legal, outputs, all_legal, most_active):
    assert judge("all legal", legal[0], legal, outputs)[0] == float(not all_legal)
    assert judge("most active", legal[0], legal, outputs)[0] == float(not most_active)


def test_the_error_is_the_mean_absolute_one_to_the_next_symbol(judge):
    # Errors of 0.4 for S, 0.4 for X and five times 0.1; 1e-15 is rounding.
    assert abs(judge("all legal", "S", "SX", {"S": 0.6, "X": 0.4})[1] - 1.3 / 7) < 1e-15


# Declarations.


def test_the_lag_is_that_of_the_shortest_strings():
    string = min(all_strings("embedded-reber", 9))
    read, told = 1, len(string) - 3  # the step at which the last but one is predicted
    assert told - read == EmbeddedReber().minimal_lag == ContinualReber().minimal_lag == 5
    assert EmbeddedReber().relevant(np.zeros((9, 1))) == (1,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Reber(criterion="any"),
            "criterion of reber must be one of 'all legal', 'most active', got 'any'",
        ),
        (lambda: ContinualReber(criterion=""), "criterion of continual-reber must be one of"),
        (
            lambda: EmbeddedReber(strings=-1),
            "strings of embedded-reber must be from 0 to 2000, got -1",
        ),
        (lambda: EmbeddedReber(strings=3000), "got 3000"),
        (
            lambda: EmbeddedReber(pairs=0),
            "pairs of embedded-reber must be from 1 to 1000000, got 0",
        ),
        (
            lambda: EmbeddedReber(duplicates="no"),  # pyright: ignore
            "duplicates of embedded-reber must be true or false, got 'no'",
        ),
        (
            lambda: ContinualReber(length=8),
            "length of continual-reber must be from 9 to 1000000000, got 8",
        ),
    ],
)
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
