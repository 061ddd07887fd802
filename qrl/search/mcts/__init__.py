"""Monte-Carlo tree search: over paths of gates, and over whole circuits."""
