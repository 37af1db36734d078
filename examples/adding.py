"""Train one network on the adding problem, look inside it, and save a picture of how it adds.

Run it:  python examples/adding.py
It writes adding.svg and adding.png in the current folder.
"""

import numpy as np

from longlag import LSTM, Adam, Adding, Network
from longlag.report.study.mechanism import Trace, mechanism
from longlag.report.style.plots import save

STOP = 0.01  # mean absolute error of the last 500 answers
MOST = 30_000  # sequences

task = Adding(T=100)
learner = LSTM(
    inputs=task.inputs,
    outputs=task.outputs,
    output="linear",
    output_bias=0.5,  # the mean target
    input_gate_biases=(-3.0, -6.0),
    rule=Adam(0.003),
)
network = Network(learner, seed=1)
sequences = task.sequences(seed=1)

errors = []
while len(errors) < MOST and not (len(errors) >= 500 and np.mean(errors[-500:]) < STOP):
    x, target = next(sequences)
    answers = network.learn(x, target)
    errors.append(abs(answers[-1, 0] - target[-1, 0]))
    if len(errors) % 1000 == 0:
        print(f"{len(errors):6,} sequences, mean error {np.mean(errors[-500:]):.3f}")
print(f"{len(errors):6,} sequences, mean error {np.mean(errors[-500:]):.3f}: training ends")

# One more sequence, which it does not learn from.
x, target = next(sequences)
seen = network.record(x)
activations, places = seen["activations"], learner.topology.places
marked = np.flatnonzero(x[:, 1] == 1.0)
answer = network.predict(x)
print(f"marked {x[marked, 0].round(3)}, target {target[-1, 0]:.3f}, answer {answer[-1, 0]:.3f}")

picture = mechanism(
    Trace(
        x=x,
        target=target,
        input_gates=activations[:, places["input_gates"]],
        output_gates=activations[:, places["output_gates"]],
        states=seen["states"],
        cell_outputs=activations[:, places["cells"]],
        outputs=answer,
        marked=marked.tolist(),
    ),
    title=f"The adding problem, after {len(errors):,} sequences",
)
save(picture, "adding")
print("The picture is in adding.svg and adding.png.")
