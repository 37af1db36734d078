"""
A fleet of a thousand series
============================

A thousand shops sell every week what they sell, each with a week of its own, and more or less by
chance. A fleet gives each shop a network of its own.
"""

import matplotlib.pyplot as plt
import numpy as np

from longlag import Fleet

generator = np.random.default_rng(1)
shops = [f"shop {i}" for i in range(1000)]
week = generator.normal(size=(1000, 7))
noise = generator.uniform(0.1, 1.5, 1000)

fleet = Fleet()
sales, answers = [], []
for day in range(365):
    turn = 2 * np.pi * day / 7
    X = np.tile([np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)], (1000, 1))
    y = week[:, day % 7] + noise * generator.normal(size=1000)
    answers.append(fleet.learn_many(shops, X, y))  # what each network expected of its day
    sales.append(y)

# %%
# Which shops are predicted well? Below the diagonal, a network beats the last value of its shop.

scores = fleet.scores()
ratio = scores.error / scores.last_error
print(f"{np.mean(ratio < 1):.0%} of the shops are predicted better than by their last sales")
print(f"{fleet.bytes_per_key:,} bytes a shop")

figure, axes = plt.subplots(figsize=(4.5, 4), layout="constrained")
axes.scatter(scores.last_error, scores.error, s=4, alpha=0.5)
axes.axline((0, 0), slope=1, color="tab:red", linestyle="--")
axes.set(xlabel="error of the last value", ylabel="error of the network")

# %%
# The worst and the best, over the last eight weeks:

order = np.argsort(ratio)
figure, rows = plt.subplots(2, figsize=(7, 4), sharex=True, layout="constrained")
for axes, shop in zip(rows, (order[-1], order[0]), strict=True):
    axes.plot(np.array(sales)[-56:, shop], "k.-", linewidth=0.5, label="sold")
    axes.plot(np.array(answers)[-56:, shop], label="expected")
    axes.set_title(f"{shops[shop]}: {ratio[shop]:.2f} of the error of the last value", fontsize=10)
rows[0].legend(loc="upper left")
rows[1].set_xlabel("day")

# %%
# :doc:`/fleets` says how a million series are kept, saved and resumed.
