"""Trial, study, experiment: from one network to a published table."""
