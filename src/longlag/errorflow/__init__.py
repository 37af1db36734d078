"""How much of an error is left after it has flowed back q steps through a network."""
