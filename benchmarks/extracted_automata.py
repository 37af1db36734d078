"""Automata extracted from the nets of `unknown-machine`, beside the nets: docs/second-order.md.

Run it:  longlag reproduce unknown-machine --store machines.longlag        some minutes
         longlag reproduce unknown-machine --reading within-0.2 --store machines.longlag
         python benchmarks/extracted_automata.py machines.longlag

An automaton is extracted from each network that has converged, for several numbers of parts. Of
these, the one is chosen that is wrong on the fewest of the 1,000 training strings, and of equals
the smallest. It is compared with the machine on all strings of up to 15 bits.
"""

import sys
from statistics import mean, median

import numpy as np
from rich.console import Console
from rich.table import Table

from longlag import InputError
from longlag.automata import extract_automaton, minimal
from longlag.experiments.files import published
from longlag.experiments.plan import current
from longlag.experiments.store import Store
from longlag.experiments.trial import Status, TrialRecord
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.machine_strings import draw_machine
from longlag.tasks.tomita import Automaton

EXPERIMENT = published("unknown-machine")
PARTS = (2, 3, 4, 5, 6)
MOST = 2000  # boxes; an automaton of more has learned nothing of ten states


def answers(automaton: Automaton, longest: int) -> np.ndarray:
    """Whether it accepts each string of up to `longest` bits, in alphabetical order."""
    edges, states = np.array(automaton.edges), np.zeros(1, int)
    levels = [states]
    for _ in range(longest):
        states = edges[states].ravel()
        levels.append(states)
    return np.isin(np.concatenate(levels), automaton.accepting)


def extracted(record: TrialRecord) -> dict[int, Automaton]:
    """The automaton of a network for each number of parts, where `MOST` boxes suffice."""
    found = {}
    for parts in PARTS:
        try:
            found[parts] = extract_automaton(
                record.conditions.learner, record.column, parts=parts, most=MOST
            )
        except InputError:
            continue
    return found


def compare(records: list[TrialRecord]) -> list[str]:
    """The cells of a line: what the networks and the chosen automata make of all strings."""
    found, of_nets, of_automata, states = [], [], [], []
    with_parts: dict[int, int] = dict.fromkeys(PARTS, 0)  # networks from which the machine comes
    for record in records:
        seed, task = record.conditions.seed, record.conditions.task
        stream = numpy_stream(seed, record.key.trial, Purpose.SETS)
        machine = minimal(draw_machine(stream, task.states))
        truth = answers(machine, task.longest)
        automata = extracted(record)
        wrong = {q: answers(each, task.longest) != truth for q, each in automata.items()}
        for q, each in automata.items():
            with_parts[q] += each == machine
        chosen = min(
            automata, key=lambda q: (wrong[q][: task.strings].sum(), len(automata[q].edges), q)
        )
        found.append(automata[chosen] == machine)
        of_nets.append(record.wrong / record.tested)
        of_automata.append(wrong[chosen].mean())
        states.append(len(automata[chosen].edges))
    better = sum(a < n for a, n in zip(of_automata, of_nets, strict=True))
    return [
        f"{sum(found)} of {len(records)}",
        *map(str, with_parts.values()),
        f"{mean(of_nets):.2%}",
        f"{mean(of_automata):.2%}",
        f"{better} of {len(records)}",
        f"{median(states):g} ({min(states)} to {max(states)})",
    ]


def main() -> None:
    with Store(sys.argv[1], read_only=True) as store:
        records = current(EXPERIMENT, store.records(EXPERIMENT.name))
    table = Table(
        *("row", "reading", "machine found", *(f"{q} parts" for q in PARTS)),
        *("nets wrong", "automata wrong", "automata better", "median states"),
        box=None,
    )
    for row in EXPERIMENT.rows:
        for reading in EXPERIMENT.readings:
            converged = [
                record
                for record in records
                if (record.key.row, record.key.reading) == (row.name, reading.name)
                and record.status is Status.SOLVED
            ]
            if converged:
                table.add_row(row.name, reading.name, *compare(converged))
    Console(width=180).print(table)


if __name__ == "__main__":
    main()
