"""Problems of the user's own: one module for each kind that `qrl tasks build` makes."""
