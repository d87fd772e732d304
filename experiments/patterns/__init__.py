"""Target patterns of behaviour: whether they come out of the model, and are gone without their mechanism."""
