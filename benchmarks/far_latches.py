"""How well the states of new networks tell the classes of the two-sequence problem apart.

Run it:  python benchmarks/far_latches.py

The signal stands in the first three steps, and T steps of noise follow on the same line. A cell
holds the signal if its input gate shuts by itself after the first step, and only the activations of
the gates, which are 0 before it, can tell the gate so. Printed is the share of new networks, with
the topologies of `longlag show far`, in which the state of some cell differs between the classes by
more than one, five and twenty standard deviations of the noise after T steps. Input gates that are
nearly shut have no part in it: exp(bias) is a factor of the signal and of the noise.
"""

import argparse

import numpy as np

NETWORKS, SEQUENCES = 400, 16
SIGNAL, STEPS = 3, 60  # of which the last ones stand for all that follow
#: Cells, the range of the weights into them, and the bias of their output gates.
SETTINGS = (
    ((12, 1.5, 0.0),),
    ((12, 3.0, 0.0),),
    ((12, 2.0, 3.0),),
    ((16, 2.0, 3.0),),
    ((12, 3.0, 3.0),),
    ((12, 4.0, 3.0),),
    ((16, 3.0, 3.0),),
    ((16, 4.0, 3.0),),
    ((12, 1.0, 0.0), (4, 6.0, 3.0)),
    ((12, 1.0, 0.0), (4, 8.0, 3.0)),
    ((12, 1.0, 0.0), (4, 10.0, 3.0)),
)
RATIOS = (1, 5, 20)


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def ratios(setting: tuple[tuple[int, float, float], ...], T: int) -> np.ndarray:
    """The difference between the classes over the noise, of the best cell of each network."""
    generator = np.random.default_rng(0)
    counts = [count for count, _, _ in setting]
    cells = sum(counts)
    wide = np.repeat([wide for _, wide, _ in setting], counts)
    opened = np.repeat([opened for _, _, opened in setting], counts)

    def weights(*shape: int) -> np.ndarray:
        drawn = generator.uniform(-1, 1, (NETWORKS, cells, *shape))
        return drawn * wide.reshape(-1, *(1 for _ in shape))

    to_cell, to_input_gate, to_output_gate = weights(), weights(), weights()
    between_input, between_output = weights(cells), weights(cells)
    x = generator.normal(0, 0.2, (NETWORKS, SEQUENCES, STEPS))
    first = slice(None, SEQUENCES // 2)
    x[:, :, :SIGNAL] = -1.0
    x[:, first, :SIGNAL] = 1.0
    open_by = np.zeros((NETWORKS, SEQUENCES, cells))  # activations of the output gates
    signal, noise = np.zeros_like(open_by), []
    for t in range(STEPS):
        seen = x[:, :, t, None]
        gate = np.exp(to_input_gate[:, None] * seen + open_by @ between_input.swapaxes(1, 2))
        admitted = gate * (2 * logistic(to_cell[:, None] * seen) - 1)
        if t < SIGNAL:
            signal += admitted
        elif t >= 10:
            noise.append(admitted)
        net = to_output_gate[:, None] * seen + open_by @ between_output.swapaxes(1, 2)
        open_by = logistic(opened + net)
    difference = np.abs(signal[:, first].mean(axis=1) - signal[:, SEQUENCES // 2 :].mean(axis=1))
    deviation = np.std(noise, axis=(0, 2)) * np.sqrt(T)
    return (difference / deviation).max(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--T", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    for T in parser.parse_args().T:
        print(f"T={T:,}: share of networks above a ratio of {', '.join(map(str, RATIOS))}")
        for setting in SETTINGS:
            found = ratios(setting, T)
            shares = ", ".join(f"{np.mean(found > ratio):.2f}" for ratio in RATIOS)
            said = " and ".join(
                f"{count} cells, weights in [-{wide:g}, {wide:g}], output {opened:g}"
                for count, wide, opened in setting
            )
            print(f"  {said}: {shares}")


if __name__ == "__main__":
    main()
