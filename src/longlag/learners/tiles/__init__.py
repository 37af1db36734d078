"""One large network, its units side by side in tiles: what all kinds of cells share.

Sizes are numbers read at run time, so one compiled driver serves every topology of a learner. In
compiled code S is the bank of a network's tiles, p the record that its plan holds, and h the
coefficients of the update rule.
"""
