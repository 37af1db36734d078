"""Automata that second-order nets have learned (Giles et al. 1992): dynamic state partitioning.

The range [0, 1] of each unit is divided into `parts` equal parts, so that the states of a net fall
into boxes. From the start, both symbols are tried in every box that is reached, in the order in
which the boxes were reached; a box is seen as the state that reached it first. It accepts if the
net answers at least 1/2 after the end symbol. Boxes that no string tells apart become one state.

More parts tell more states apart, and follow the net longer. Few parts may merge states that the
net keeps apart; many may find hundreds of states. The sources begin with two parts, and trust the
smallest automaton that comes from several nets and several numbers of parts.
"""

from collections.abc import Callable

import numpy as np

from longlag.errors import InputError, check_whole
from longlag.learners.unfolded.second_order import SecondOrder
from longlag.quoting import quoted
from longlag.tasks.tomita import Automaton, kinds_of_states

_END = 2  # the symbol that follows a string of 0s and 1s


def extract_automaton(
    learner: SecondOrder, column: np.ndarray, *, parts: int = 2, most: int = 10_000
) -> Automaton:
    """The minimal automaton of what a net makes of strings of 0s and 1s.

    >>> net = SecondOrder(inputs=3, outputs=1, coding="symbol", hidden=2)
    >>> silent = extract_automaton(net, np.zeros(net.layout.rows))
    >>> silent.edges, silent.accepts("0110")
    (((0, 0),), True)

    Args:
        learner: a net of products with one output, whose symbols are 0, 1 and the end
        column: a network in the order of the layout, such as that of a `Network` or of a trial
        parts: of the range of each unit, from 1 to 1000
        most: boxes before the search is given up, from 1 to 1e6

    Raises `InputError` for other learners, for columns of other lengths, and where more boxes are
    reached.
    """
    check_whole("parts", parts, 1, 1000)
    check_whole("most", most, 1, 1_000_000)
    if not isinstance(learner, SecondOrder):
        raise InputError(f"automata are extracted from a SecondOrder, got {quoted(learner)}")
    given = learner.terms, learner.coding, learner.inputs, learner.outputs
    if given != ("products", "symbol", 3, 1):
        raise InputError(
            "automata are extracted from nets of products with the symbols 0, 1 and end and one "
            f"output, got terms {learner.terms!r}, coding {learner.coding!r}, {learner.inputs} "
            f"inputs and {learner.outputs} outputs"
        )
    lengths = learner.layout.kept, learner.layout.rows  # without and with what a pass leaves
    if np.shape(column) not in [(length,) for length in lengths]:
        raise InputError(
            f"column must have shape ({lengths[0]},) for this learner, got {np.shape(column)}: it "
            "is of another net"
        )
    step, h = _steps(learner, np.asarray(column))
    states = [h]
    boxes = {_box(h, parts): 0}
    edges: list[tuple[int, int]] = []
    while len(edges) < len(states):
        reached = []
        for symbol in (0, 1):
            h = step(states[len(edges)], symbol)
            box = _box(h, parts)
            if box not in boxes:
                if len(boxes) == most:
                    raise InputError(
                        f"more than {most:,} boxes are reached with {parts} parts a unit: give "
                        "fewer parts, or a larger most"
                    )
                boxes[box] = len(states)
                states.append(h)
            reached.append(boxes[box])
        edges.append((reached[0], reached[1]))
    accepting = tuple(i for i, h in enumerate(states) if step(h, _END)[0] >= 0.5)
    return minimal(Automaton(tuple(edges), accepting))


def minimal(automaton: Automaton) -> Automaton:
    """The smallest automaton of the same language.

    Its states stand in the order in which the strings 0, 1, 00, ... reach them, so two automata of
    one language have equal results.
    """
    kinds = kinds_of_states(automaton)
    of_kind = {kind: state for state, kind in enumerate(kinds)}
    order = [kinds[0]]
    edges = []
    for kind in order:  # grows
        after = [kinds[to] for to in automaton.edges[of_kind[kind]]]
        order += [new for new in dict.fromkeys(after) if new not in order]
        edges.append((order.index(after[0]), order.index(after[1])))
    accepting = [i for i, kind in enumerate(order) if of_kind[kind] in automaton.accepting]
    return Automaton(tuple(edges), tuple(accepting))


def _steps(learner: SecondOrder, column: np.ndarray) -> tuple[Callable, np.ndarray]:
    """step(h, symbol) -> the next states of all units, in float64; and their first states."""
    weights = np.asarray(learner.layout.view(column, "weights"), float)
    if not np.isfinite(weights).all():
        raise InputError("the network's weights must be finite, got others: it has diverged")
    units = learner.topology.units
    w = weights.reshape(units, learner.inputs, units)  # from unit, symbol, into unit

    def step(h: np.ndarray, symbol: int) -> np.ndarray:
        return 0.5 + 0.5 * np.tanh(0.5 * (h @ w[:, symbol]))

    return step, np.eye(units)[0]


def _box(h: np.ndarray, parts: int) -> tuple[int, ...]:
    return tuple(np.minimum((h * parts).astype(int), parts - 1).tolist())
