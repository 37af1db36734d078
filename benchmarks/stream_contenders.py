"""One contender on one stream: predict, then learn, sample by sample; for `streams.py`.

    python benchmarks/stream_contenders.py NAME IN.npz OUT.npz

A contender may need an environment of its own, so each imports only what it needs. All but longlag
are given inputs and targets standardised by their means and deviations so far; it does so itself.
"""

import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

HIDDEN = 32
WINDOW = 10
RATES = (1e-3, 1e-2)  # of the rivals' optimisers; the better one counts, afterwards


class Scale:
    """Means and deviations so far (Welford 1962), with the value that is being scaled."""

    def __init__(self, width: int):
        self.count, self.mean, self.squares = 0, np.zeros(width), np.zeros(width)

    def add(self, values: np.ndarray) -> None:
        self.count += 1
        change = values - self.mean
        self.mean = self.mean + change / self.count
        self.squares = self.squares + change * (values - self.mean)

    @property
    def deviation(self) -> np.ndarray:
        deviation = np.sqrt(self.squares / max(1, self.count))
        return np.where(deviation > 0, deviation, 1.0)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return (values - self.mean) / self.deviation


def one_by_one(X, y, classes, predict: Callable, learn: Callable, skip: Callable) -> np.ndarray:
    """Answers given by a model of single samples. Where there is no target it only sees them."""
    inputs, targets = Scale(X.shape[1]), Scale(1)
    answers = np.zeros(len(X))
    for t, (row, target) in enumerate(zip(X, y, strict=True)):
        inputs.add(row)
        x = inputs(row)
        if np.isnan(target):
            skip(x)
            continue
        answer = predict(x)
        if classes:
            answers[t] = answer
            learn(x, int(target))
        else:
            answers[t] = targets.mean[0] + targets.deviation[0] * answer
            targets.add(np.array([target]))
            learn(x, float(targets(np.array([target]))[0]))
    return answers


def longlag(X, y, classes, **parameters) -> Iterator[Callable]:
    """The whole stream in one call."""
    import longlag

    def regress():
        return longlag.LSTMRegressor(**parameters).learn_many(X, y)

    def classify():
        labels = y.astype(int).tolist()
        answers = longlag.LSTMClassifier(**parameters).learn_many(X, labels)
        return np.array([-1 if each is None else each for each in answers])

    run = classify if classes else regress
    run()  # compiles
    yield run


def longlag_learn(X, y, classes) -> Iterator[Callable]:
    """What `longlag learn --horizon 0` does: departures from the better naive prediction so far."""
    from longlag import LSTMRegressor
    from longlag.forecasting.evaluation import Evaluation, Question
    from longlag.readers.sources import Rows

    features = tuple(map(str, range(X.shape[1])))

    def run():
        evaluation = Evaluation(Question(("y",), features, (0,)), LSTMRegressor())
        answers = evaluation.step(Rows(1, X, y, None))[:, 0]
        before = np.append(0.0, y[:-1])  # where it says nothing yet
        return np.nan_to_num(np.where(np.isnan(answers), before, answers))

    run()  # compiles
    yield run


def longlag_one(X, y, classes) -> Iterator[Callable]:
    """A call to predict and a call to learn for every sample."""
    import longlag

    model = longlag.LSTMClassifier if classes else longlag.LSTMRegressor

    def run():
        net, answers = model(), np.zeros(len(X))
        for t, (row, target) in enumerate(zip(X.tolist(), y.tolist(), strict=True)):
            x = dict(enumerate(row))
            answer = net.predict_one(x)
            answers[t] = -1 if answer is None else answer
            net.learn_one(x, int(target) if classes else target)
        return answers

    model().learn_one(dict(enumerate(X[0].tolist())), 0)  # compiles
    yield run


def deep_river(X, y, classes) -> Iterator[Callable]:
    """deep-river's rolling estimators over its own LSTM modules: a window, run anew every time."""
    import torch
    from deep_river.classification import RollingClassifier
    from deep_river.classification.zoo import LSTMClassifier
    from deep_river.regression import RollingRegressor
    from deep_river.regression.zoo import LSTMRegressor

    torch.set_num_threads(1)  # more only make such small networks slower

    def run(rate):
        torch.manual_seed(0)
        if classes:
            module = LSTMClassifier.LSTMModule(X.shape[1], HIDDEN, n_init_classes=classes)
            model = RollingClassifier(
                module,
                loss_fn="cross_entropy",
                optimizer_fn="adam",
                lr=rate,
                window_size=WINDOW,
                is_class_incremental=True,
            )
        else:
            module = LSTMRegressor.LSTMModule(X.shape[1], HIDDEN, num_layers=1, dropout=0.0)
            model = RollingRegressor(
                module, loss_fn="mse", optimizer_fn="adam", lr=rate, window_size=WINDOW
            )

        def predict(x):
            answer = model.predict_one(dict(enumerate(x.tolist())))
            return answer if isinstance(answer, int | float) else -1  # a class it has not seen

        return one_by_one(
            X,
            y,
            classes,
            predict,
            lambda x, target: model.learn_one(dict(enumerate(x.tolist())), target),
            lambda x: model._x_window.append(x.tolist()),
        )

    for rate in RATES:
        yield lambda rate=rate: run(rate)


def tbptt(X, y, classes, chunk: int) -> Iterator[Callable]:
    """torch.nn.LSTM whose state goes on, and truncated backpropagation through `chunk` samples."""
    import torch

    torch.set_num_threads(1)
    width = classes or 1

    def run(rate):
        torch.manual_seed(0)
        network = torch.nn.LSTM(X.shape[1], HIDDEN)
        output = torch.nn.Linear(HIDDEN, width)
        optimiser = torch.optim.Adam([*network.parameters(), *output.parameters()], lr=rate)
        inputs, targets = Scale(X.shape[1]), Scale(1)
        answers, state = np.zeros(len(X)), None
        for first in range(0, len(X), chunk):
            rows, wanted, before = [], [], []
            stop = min(len(X), first + chunk)
            for t in range(first, stop):
                inputs.add(X[t])
                rows.append(inputs(X[t]))
                before.append((targets.mean[0], targets.deviation[0]))
                if not np.isnan(y[t]) and not classes:
                    targets.add(y[t : t + 1])
                wanted.append(y[t] if classes else targets(y[t : t + 1])[0])
            x = torch.tensor(np.array(rows), dtype=torch.float32)[:, None, :]
            states, state = network(x, state)
            state = tuple(part.detach() for part in state)
            found = output(states[:, 0])
            goal = torch.tensor(wanted, dtype=torch.float32)
            there = ~torch.isnan(goal)
            if classes:
                answers[first:stop] = found.argmax(1).numpy()
                loss = torch.nn.functional.cross_entropy(found, goal.long())
            else:
                mean, deviation = np.array(before).T
                answers[first:stop] = mean + deviation * found[:, 0].detach().numpy()
                loss = ((found[:, 0] - goal)[there] ** 2).sum() / chunk
            if there.any():
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        return answers

    for rate in RATES:
        yield lambda rate=rate: run(rate)


def linear(X, y, classes, lags: int) -> Iterator[Callable]:
    """River's linear models; with `lags`, also of the inputs of so many samples before."""
    from river import linear_model, multiclass, optim

    if classes:
        models = [
            lambda: linear_model.SoftmaxRegression(),
            lambda: multiclass.OneVsRestClassifier(linear_model.LogisticRegression()),
            lambda: multiclass.OneVsRestClassifier(
                linear_model.LogisticRegression(optim.Adam(1e-2))
            ),
        ]
    else:
        models = [
            lambda: linear_model.LinearRegression(),
            lambda: linear_model.LinearRegression(optim.Adam(1e-2)),
            lambda: linear_model.BayesianLinearRegression(),
        ]

    def run(make):
        model, past = make(), deque([np.zeros(X.shape[1])] * lags, maxlen=max(1, lags))

        def wide(x):
            return dict(enumerate(np.concatenate([x, *past]) if lags else x))

        def learn(x, target):
            model.learn_one(wide(x), target)
            past.append(x)

        return one_by_one(
            X, y, classes, lambda x: model.predict_one(wide(x)) or 0, learn, past.append
        )

    for make in models:
        yield lambda make=make: run(make)


def naive(X, y, classes) -> Iterator[Callable]:
    """The last target, or the class that was most frequent so far."""

    def run():
        answers, last, counts = np.zeros(len(y)), 0.0, np.zeros(max(1, classes))
        for t, target in enumerate(y):
            answers[t] = counts.argmax() if classes else last
            if not np.isnan(target):
                last = target
                if classes:
                    counts[int(target)] += 1
        return answers

    yield run


CONTENDERS: dict[str, Callable[..., Iterator[Callable]]] = {
    "longlag": longlag,
    "longlag-adam": lambda *stream: longlag(*stream, rule="adam"),
    "longlag-learn": longlag_learn,
    "longlag-one": longlag_one,
    "deep-river": deep_river,
    "tbptt-10": lambda *stream: tbptt(*stream, chunk=10),
    "tbptt-250": lambda *stream: tbptt(*stream, chunk=250),
    "naive": naive,
    "linear": lambda *stream: linear(*stream, lags=0),
    "linear-lags": lambda *stream: linear(*stream, lags=WINDOW),
}


def main() -> None:
    name, source, result = sys.argv[1:]
    stream = np.load(source)
    X, y, classes = stream["X"], stream["y"], int(stream["classes"])
    answers, seconds = [], []
    for run in CONTENDERS[name](X, y, classes):
        start = time.perf_counter()
        answers.append(run())
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak /= 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB elsewhere
    np.savez(result, answers=np.array(answers), seconds=np.array(seconds), megabytes=peak)


if __name__ == "__main__":
    main()
