"""The compiled functions of LSTM; the equations are in `longlag.learners.lstm.learner`."""

from functools import lru_cache

from longlag.compiled.compiling import inner
from longlag.contract import LaneKernel
from longlag.learners.descent import compile_descent
from longlag.learners.history import with_history
from longlag.learners.lstm.construction import add_blocks
from longlag.learners.lstm.forward import compile_forward
from longlag.learners.lstm.full import compile_full
from longlag.learners.lstm.net_errors import compile_errors
from longlag.learners.lstm.one_step import compile_one_step
from longlag.learners.lstm.topology import Topology
from longlag.learners.lstm.truncated import compile_truncated


@lru_cache(maxsize=64)
def compile_lstm(topology: Topology, lanes: int) -> LaneKernel:
    """The kernel of every network of this topology, for `lanes` of them in lockstep."""
    reset, step, stretch, answer = compile_forward(topology)
    errors, sequential = compile_errors(topology), topology.sequential
    after_sequence = compile_descent(topology, topology.layout).after_sequence
    add_block = add_blocks(topology)

    @inner
    def finish(S, mask):
        after_sequence(S, mask)
        if sequential:
            add_block(S, mask)

    if topology.full:
        learn, history = compile_full(topology, lanes, errors)
        return with_history(history, LaneKernel(reset, step, answer, learn, finish))
    compile_learning = compile_truncated if topology.traces else compile_one_step
    learn = compile_learning(topology, errors)
    return LaneKernel(reset, step, answer, learn, finish, stretch=stretch)
