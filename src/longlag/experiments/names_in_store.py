"""The names under which a store keeps networks that no file of an experiment describes.

The module imports nothing: `longlag list` starts without a compiler.
"""

#: The experiment names of the networks that these commands show.
MATRIX, LADDER, JUDGE = "matrix", "ladder", "judge"
TUNING_SUFFIX = "-tuning"  #: of the experiment name of the networks that choose a setting


def names_in_store(experiment: str) -> tuple[str, str]:
    """The experiment names of the networks shown, and of those that choose a setting."""
    return experiment, experiment + TUNING_SUFFIX


#: All experiment names of these commands.
OF_COMMANDS = frozenset(name for each in (MATRIX, LADDER, JUDGE) for name in names_in_store(each))
