"""Search trees of many games as arrays, so that all games descend and back up together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.agents.alphazero.puct import puct_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Trees:
    """One tree for each game; a node is a slot, and a node's edges are the actions.

    A tree never holds more nodes than visits at its root and the root itself; slots of nodes that a
    move leaves behind are used again.

    Attributes:
        visits, values: shape (games, slots, actions), visits N and sums of returns W of the edges.
        priors, legal, children: same shape; `children` is -1 where an edge was not followed yet.
        parent, move: shape (games, slots), where a node hangs and by which action; a root is its own
            parent.
        reward, terminal: shape (games, slots), paid on the way to the node, and whether it is an end.
        used: shape (games, slots), which slots hold nodes.
        root: shape (games,).
        low, high: shape (games,), lowest and highest mean return of an edge.
    """

    def __init__(self, games: int, slots: int, actions: int) -> None:
        edges = (games, slots, actions)
        self.visits = np.zeros(edges, dtype=np.int64)
        self.values = np.zeros(edges)
        self.priors = np.zeros(edges)
        self.legal = np.zeros(edges, dtype=bool)
        self.children = np.full(edges, -1, dtype=np.int32)
        self.parent = np.zeros((games, slots), dtype=np.int64)
        self.move = np.zeros((games, slots), dtype=np.int64)
        self.reward = np.zeros((games, slots))
        self.terminal = np.zeros((games, slots), dtype=bool)
        self.used = np.zeros((games, slots), dtype=bool)
        self.root = np.zeros(games, dtype=np.int64)
        self.low = np.full(games, np.inf)
        self.high = np.full(games, -np.inf)

    @staticmethod
    def nbytes(games: int, slots: int, actions: int) -> int:
        """Return the memory that such trees take, in bytes."""
        return games * slots * (29 * actions + 26)

    def plant(self, game: int, prior: NDArray[np.float64], legal: NDArray[np.bool_]) -> None:
        """Begin a game's tree anew, with its root in slot 0."""
        self.used[game] = False
        self.root[game] = 0
        self.low[game], self.high[game] = np.inf, -np.inf
        one, slot = np.array([game]), np.array([0])
        self._clear(one, slot)
        self.parent[game, 0] = 0
        self.expand(one, slot, prior[None], legal[None])

    def select(
        self, games: NDArray[np.int64], *, c_init: float, c_base: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Follow the highest scores down to an edge without a node, or to an end.

        Args:
            games: which games, shape (chosen,).
            c_init: of PUCT.
            c_base: of PUCT.

        Returns:
            Of each game the node, the action that leads out of the tree from there (-1 at an end),
            and whether the node is an end; shape (chosen,).
        """
        nodes, actions = self.root[games], np.full(games.size, -1, dtype=np.int64)
        active = np.flatnonzero(~self.terminal[games, nodes])
        while active.size:
            game, node = games[active], nodes[active]
            best = puct_scores(
                self.visits[game, node],
                self.values[game, node],
                self.priors[game, node],
                self.legal[game, node],
                self.low[game],
                self.high[game],
                c_init=c_init,
                c_base=c_base,
            ).argmax(axis=1)
            child = self.children[game, node, best].astype(np.int64)
            inside = child >= 0
            actions[active[~inside]] = best[~inside]
            nodes[active[inside]] = child[inside]
            active = active[inside]
            active = active[~self.terminal[games[active], nodes[active]]]
        return nodes, actions, self.terminal[games, nodes]

    def attach(
        self,
        parents: NDArray[np.int64],
        actions: NDArray[np.int64],
        rewards: NDArray[np.float64],
        terminal: NDArray[np.bool_],
    ) -> NDArray[np.int64]:
        """Hang a new node into each game's tree; all arguments have shape (games,).

        Returns:
            The slots of the new nodes, shape (games,).
        """
        games = np.arange(len(self.root))
        slots: NDArray[np.int64] = self.used.argmin(axis=1)
        self._clear(games, slots)
        self.parent[games, slots], self.move[games, slots] = parents, actions
        self.reward[games, slots], self.terminal[games, slots] = rewards, terminal
        self.children[games, parents, actions] = slots
        return slots

    def expand(
        self,
        games: NDArray[np.int64],
        slots: NDArray[np.int64],
        priors: NDArray[np.float64],
        legal: NDArray[np.bool_],
    ) -> None:
        """Give nodes their edges; priors and legal have shape (games, actions)."""
        self.priors[games, slots] = np.where(legal, priors, 0.0)
        self.legal[games, slots] = legal

    def backup(
        self,
        games: NDArray[np.int64],
        nodes: NDArray[np.int64],
        returns: NDArray[np.float64],
        gamma: float,
    ) -> None:
        """Add to all edges from the root to each node the return that follows them.

        G = reward + gamma G' at every edge (Schrittwieser et al. 2020, eq. 3 and 4).

        Args:
            games: which games, each once, shape (chosen,).
            nodes: where the simulations ended, shape (chosen,).
            returns: what is expected from there on, 0 at an end; shape (chosen,).
            gamma: discount.
        """
        while True:
            below = nodes != self.root[games]
            games, nodes, returns = games[below], nodes[below], returns[below]
            if not games.size:
                return
            returns = self.reward[games, nodes] + gamma * returns
            edge = games, self.parent[games, nodes], self.move[games, nodes]
            self.visits[edge] += 1
            self.values[edge] += returns
            mean = self.values[edge] / self.visits[edge]
            self.low[games] = np.minimum(self.low[games], mean)
            self.high[games] = np.maximum(self.high[games], mean)
            nodes = edge[1]

    def advance(self, game: int, action: int) -> int:
        """Make a child of a game's root the new root, and give up all that is not below it.

        Returns:
            The slot of the new root.
        """
        root = int(self.children[game, self.root[game], action])
        parent, kept = self.parent[game], np.zeros(self.used.shape[1], dtype=bool)
        parent[root] = root
        kept[root] = True
        while not np.array_equal(kept, grown := self.used[game] & (kept | kept[parent])):
            kept = grown
        self.used[game], self.root[game] = kept, root
        seen = self.visits[game, kept] > 0
        means = self.values[game, kept][seen] / self.visits[game, kept][seen]
        self.low[game] = means.min(initial=np.inf)
        self.high[game] = means.max(initial=-np.inf)
        return root

    def root_visits(self) -> NDArray[np.int64]:
        """Return the visits of the roots' edges, shape (games, actions)."""
        rows: NDArray[np.int64] = self.visits[np.arange(len(self.root)), self.root]
        return rows

    def state(self) -> dict[str, Any]:
        """Return copies of all nodes in use."""
        saved = {name: getattr(self, name)[self.used] for name in _PER_NODE}
        return saved | {name: getattr(self, name).copy() for name in _PER_GAME}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        for name in _PER_GAME:
            getattr(self, name)[...] = state[name]
        for name in _PER_NODE:
            getattr(self, name)[self.used] = state[name]

    def _clear(self, games: NDArray[np.int64], slots: NDArray[np.int64]) -> None:
        self.used[games, slots] = True
        self.visits[games, slots] = 0
        self.values[games, slots] = 0.0
        self.children[games, slots] = -1
        self.reward[games, slots] = 0.0
        self.terminal[games, slots] = False


_PER_GAME = ("used", "root", "low", "high")
_PER_NODE = (
    "visits", "values", "priors", "legal", "children", "parent", "move", "reward", "terminal",
)  # fmt: skip
