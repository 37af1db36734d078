"""Predictions as comma-separated values."""

import csv
import io

from longlag import LSTMRegressor
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.predictions import PredictionWriter
from longlag.forecasting.question import Question


def test_names_that_hold_ends_of_lines_are_one_field():
    """A table in Parquet may hold such names; nothing is compiled for them."""
    stream = io.StringIO(newline="")
    evaluation = Evaluation(Question(("y",), ()), LSTMRegressor())
    PredictionWriter(stream, evaluation, "a\rtime", targets=False, group="shop\r\n7")
    (header,) = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert header[:3] == ["row", "a\rtime", "shop\r\n7"]
    assert stream.getvalue().endswith("prediction,target_row,target_time\n")
