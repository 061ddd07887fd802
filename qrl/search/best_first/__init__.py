"""Best-first search: a queue of circuits, the most promising extended first."""
