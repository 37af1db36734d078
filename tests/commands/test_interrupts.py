"""Ctrl-C within a compiler, which may swallow it."""

import os
import signal
import time

import pytest

from longlag.commands.interrupts import Interrupts


@pytest.fixture
def ctrl_c_is_heard():
    """Programs that a shell runs in the background are born deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals of POSIX")
def test_ctrl_c_is_insisted_on(ctrl_c_is_heard):
    swallowed = []

    def compiler(swallowed):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
        except KeyboardInterrupt:
            swallowed.append(True)
        time.sleep(60)

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)
    with Interrupts() as interrupts:
        with pytest.raises(KeyboardInterrupt), interrupts.at_once():
            compiler(swallowed)
        assert swallowed == [True]
        assert interrupts.interrupted
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)) == before


def test_without_ctrl_c_nothing_happens():
    with Interrupts() as interrupts:
        with interrupts.at_once():
            pass
        assert list(interrupts.until_interrupted([1, 2])) == [1, 2]
        assert not interrupts.interrupted
