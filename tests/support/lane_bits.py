"""Whether a network has the same bits in every lane, whatever its neighbours do."""

import numpy as np

from support.lanes import Lanes
from support.recurrent_nets import sequence


def run(config, columns, chosen, dtype, moved_at=None, *, compiled=None):
    """Sequences in lanes; those not chosen see other inputs and other masks.

    After `moved_at` steps the chosen lanes go on as they are, beside lanes at other steps. Returns
    what is kept of the chosen lanes at the end, and their outputs at every step.
    """
    if compiled is None:  # in float64 Python leaves the bits of compiled code
        compiled = len(columns) > 1 or dtype == "float32"
    lanes = Lanes(config, columns, dtype, compiled=compiled)
    other = np.random.default_rng(7)
    chosen, outputs, steps = np.array(chosen), [], 0

    def mask(own):
        flags = other.integers(0, 2, lanes.lanes)
        flags[chosen] = own
        return flags

    def spread(own):
        values = other.integers(0, 2, size=(len(own), lanes.lanes)).astype(float)  # symbols too
        values[:, chosen] = np.reshape(own, (-1, 1))
        return values

    for number in range(3):
        x, targets, learn = sequence(config, number, steps=9)
        lanes.reset(mask(True))
        for now, target, taught in zip(x, targets, learn, strict=True):
            shown = spread(np.atleast_1d(now))
            lanes.observe(shown, mask(True))
            lanes.step(shown)
            outputs.append(lanes.answer()[:, chosen])
            lanes.learn(spread(target), mask(taught))
            steps += 1
            if steps == moved_at:
                saved = lanes.S[: config.layout.kept, chosen].copy()
                lanes.S[:] = np.roll(lanes.S, 1, axis=1)
                lanes.S[: config.layout.kept, chosen] = saved
        lanes.finish(mask(True))
    return lanes.S[: config.layout.kept, chosen], np.array(outputs)


def assert_same_bits(config, lanes, dtype):
    """In the first, a middle and the last lane as alone, beside lanes that change within it."""
    alone = run(config, [config.start(np.random.default_rng(0))], [0], dtype)
    generator = np.random.default_rng(1)
    columns = [config.start(generator) for _ in range(lanes)]
    config.layout.view(columns[1], "weights")[:] = np.nan  # this network has diverged
    chosen = [0, lanes // 2, lanes - 1]
    for lane in chosen:
        columns[lane] = config.start(np.random.default_rng(0))
    # For 14 steps at the step of their neighbours, and after that at another.
    ours = run(config, columns, chosen, dtype, moved_at=14)
    for i in range(len(chosen)):
        assert ours[0][:, i].tobytes() == alone[0].tobytes()
        assert ours[1][..., i].tobytes() == alone[1].tobytes()
