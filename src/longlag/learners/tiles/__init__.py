"""One large network with its units side by side in tiles: the code that all kinds of cells share.

Sizes are read at run time, so one compiled driver serves every topology of a learner. In compiled
code S is the bank of a network's tiles, p the record in the network's plan, and h the coefficients
of the update rule.
"""
