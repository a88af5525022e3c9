"""Methods whose epochs are compiled whole: the loop over epochs, and what their steps have in common."""
