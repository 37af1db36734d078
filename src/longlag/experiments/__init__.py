"""Trials, studies and experiments: from one network to a published table."""
