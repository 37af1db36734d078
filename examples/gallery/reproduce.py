"""
Reproduce a row of 1997
=======================

The adding problem with T = 100, a row of Table 7 in Hochreiter & Schmidhuber (1997): a network sees
a hundred noisy pairs, and answers the sum of the two numbers that were marked. Ten networks learn
side by side.
"""

from statistics import mean

import matplotlib.pyplot as plt

from longlag import Study, TrialKey, published

experiment = published("adding")
conditions = experiment.conditions("T=100")
trials = [
    (TrialKey("adding", "T=100", "linear-output-wide-init", i), conditions) for i in range(10)
]
records = Study(trials).run()

for record in records:
    print(
        f"{record.status}: {record.sequences:,} sequences, {record.wrong} of {record.tested} wrong"
    )

# %%
# The paper has a mean of 74,000 sequences. Here are the mean absolute errors while the ten networks
# learn; a curve ends where its network has met the stop rule.

figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for record in records:
    sequences, error, _ = record.curve.T
    axes.plot(sequences, error, color="tab:blue", alpha=0.5)
axes.axvline(74_000, color="tab:red", linestyle="--", label="mean of the paper")
axes.axvline(mean(each.sequences for each in records), color="tab:blue", label="mean of ours")
axes.set(xlabel="training sequences", ylabel="mean absolute error", yscale="log")
axes.legend()

# %%
# ``longlag reproduce adding --T 100`` does the same, keeps the trials, and prints them beside the
# published figures. :doc:`/results` has every table.
