"""One module for each engine that answers the same questions.  ``peers.all`` lists them."""
