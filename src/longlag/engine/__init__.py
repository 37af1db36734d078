"""How networks are driven through sequences: lanes in lockstep, or one network of a user."""
