"""Files of models that `longlag judge` takes as they are; `longlag judge --example` prints them."""
