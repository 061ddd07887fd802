"""Searchers, budgets, the archive of found circuits, and run folders.

The package itself can be called: `qrl.search("vqe/lih-4q-3.4")` is `qrl.search.api.search`.

- One search: `api` (the calls), `config` (all settings), `runner` (the order of things), `context` (what
  a searcher is given), `recorder` with `ledger` and `archive` (what is spent and found), `tidy` (the
  last touch), `choose` (which circuit of the front is the answer), `warm_start` (the start goes
  into the archive; `words.Alphabet.editing` makes it editable), `result` and `record` (what `result.json`
  holds).
- The run folder: `run_folder`, `checkpoint`, `policy`; read again by `run`, checked by `verify`,
  beside `known_circuits`, drawn by `plotting`, made smaller by `refining`.
- Searchers: `searchers` knows them by name. `rl` trains agents; `stepwise` is what all others are, over
  whole circuits as `words`: `scored_words` tunes and pays for them.
- What changes words: `moves` (random ones, with `rewriting` by `identities` of gates and what
  `commutation` allows), `compounds` in the letters that `spelling` finds, `mining` and its `library`
  (gadgets of good circuits), `dressing`, `pruning` and `thinning`.
- Making circuits smaller: `pruning` takes out what is needless, `thinning` what is missed least, `tidy`
  tunes to the last digit at the end of a run, `refining` rewrites.
- One file a searcher: `portfolio` (the default), `evolution`, `adapt`, `greedy`, `exchange`, `tempering`,
  `annealing`, `beam`, `exhaustive`, `random_search`, and the packages `mcts` and `best_first`.
- Parts of single searchers: `walkers` (anneal, tempering), `pareto` and `normal_form` (evolve), `lanes`,
  `extensions`, `probing` and `shortlist` (greedy), `adapt_pools`, `skeletons` (beam, exhaustive).
"""

from qrl.callable_module import make_callable
from qrl.search.api import resume, search
from qrl.search.policy import Policy, read_policy
from qrl.search.run import Run, load
from qrl.search.runner import Search

make_callable(__name__, search)

__all__ = ["Policy", "Run", "Search", "load", "read_policy", "resume", "search"]
