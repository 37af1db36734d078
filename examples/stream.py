"""Learn from a stream that goes on for ever, stop in the middle, and go on as if nothing had been.

Run it:  python examples/stream.py
It writes stream.safetensors in the current folder.

A gauge is calibrated every hundred samples or so: then it shows its offset. All readings until the
next time lack that offset. Whoever looks at the last ten samples cannot know it.
"""

import numpy as np

from longlag import LSTMRegressor

LENGTH = 60_000
generator = np.random.default_rng(1)
calibrates = generator.random(LENGTH) < 0.01
calibrates[0] = True
reading = generator.uniform(-1, 1, LENGTH)
offset = reading[np.maximum.accumulate(np.where(calibrates, np.arange(LENGTH), 0))]
X, y = np.column_stack([reading, calibrates]), reading + offset

model = LSTMRegressor()
half = LENGTH // 2
answers = model.learn_many(X[:half], y[:half]).tolist()

model.save("stream.safetensors")
model = LSTMRegressor.load("stream.safetensors")

# From here on one sample at a time, as they would come from the gauge.
for (shown, marked), true in zip(X[half:].tolist(), y[half:].tolist(), strict=True):
    x = {0: shown, 1: marked}
    answers.append(model.predict_one(x))
    model.learn_one(x, true)

missed = (np.array(answers) - y) ** 2
for start in range(0, LENGTH, 10_000):
    share = missed[start : start + 10_000].mean() / offset.var()
    print(f"samples {start:6,} to {start + 10_000:6,}: error {share:.3f} of the offsets' variance")
