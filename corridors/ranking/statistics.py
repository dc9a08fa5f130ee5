"""Ranks of many draws, counted: where options come, who comes before whom, and who cannot be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Ranks = NDArray[np.int32]


def rank_scores(scores: Array) -> Ranks:
    """Rank each row of scores, 1 = highest; ties share the better rank, missing scores share the last."""
    if scores.shape[1] == 0:
        return np.empty(scores.shape, dtype=np.int32)
    falling = np.where(np.isnan(scores), np.inf, -scores)
    order = falling.argsort(axis=1)
    ordered = np.take_along_axis(falling, order, axis=1)
    place = np.arange(1, scores.shape[1], dtype=np.int32)
    first = np.ones(scores.shape, dtype=np.int32)
    first[:, 1:] = np.where(ordered[:, 1:] > ordered[:, :-1], place + 1, 1)
    np.maximum.accumulate(first, axis=1, out=first)
    ranks = np.empty_like(first)
    np.put_along_axis(ranks, order, first, axis=1)
    return ranks


class RankCounts(NamedTuple):
    """In how many draws each option held each rank.

    Attributes
    ----------
    counts
        (options, ranks from 1).
    """

    counts: NDArray[np.int64]

    @classmethod
    def of(cls, ranks: Ranks) -> RankCounts:
        """Count the ranks of draws (draws, options)."""
        options = ranks.shape[1]
        cell = ranks + (np.arange(options, dtype=np.int64) * options - 1)
        return cls(np.bincount(cell.ravel(), minlength=options**2).reshape(options, options))

    def percentile(self, percent: int) -> NDArray[np.int64]:
        """Return each option's percentile by nearest rank: always a rank that occurred."""
        draws = self.counts.sum(axis=1, keepdims=True)
        worse: NDArray[np.int64] = (np.cumsum(self.counts, axis=1) * 100 < draws * percent).sum(axis=1)
        return worse + 1

    def share_to(self, rank: int) -> Array:
        """Return the share of draws in which each option held this rank or a better one."""
        share: Array = self.counts[:, :rank].sum(axis=1) / self.counts.sum(axis=1)
        return share


class Wins(NamedTuple):
    """How often options come before one another.

    Attributes
    ----------
    before
        (options, options): share of draws in which the row's option ranks before the column's.
    level
        Share of draws in which the two rank alike.
    """

    before: Array
    level: Array

    @classmethod
    def of(cls, ranks: Ranks) -> Wins:
        """Compare every pair of options over draws (draws, options)."""
        draws, options = ranks.shape
        # Half the width halves the work, and no study ranks so many options that it would not hold them.
        by_option = np.ascontiguousarray(ranks.T.astype(np.int16 if options < 2**15 else np.int32))
        before = np.zeros((options, options))
        for at in range(options):
            before[at] = np.count_nonzero(by_option[at] < by_option, axis=1)
        return cls(before / draws, 1.0 - (before + before.T) / draws)

    def undecided(self, *, sure: float) -> NDArray[np.bool_]:
        """Tell which pairs neither option wins in at least this share of draws; a draw that they share counts half."""
        share = self.before + self.level / 2
        return np.maximum(share, share.T) < sure


def rank_groups(undecided: NDArray[np.bool_], order: NDArray[np.intp]) -> NDArray[np.int64]:
    """Put options into groups whose members cannot be told from one another, or only through others between them.

    Parameters
    ----------
    undecided
        Which pairs cannot be told apart.
    order
        The options from first to last.

    Returns
    -------
        The group of each option, 1 = first. In the order given, a new group begins where every option so far is told
        apart from every option after it. Groups are therefore runs of places; the first and the last of a long one may
        well be told apart.
    """
    open_pairs = undecided[np.ix_(order, order)]
    # The farthest place that any option so far is still tied to.
    places = np.arange(len(order))
    reach = np.maximum.accumulate(np.where(open_pairs, places, places[:, np.newaxis]).max(axis=1, initial=0))
    groups = np.ones(len(order), dtype=np.int64)
    groups[1:] = 1 + np.cumsum(reach[:-1] < places[1:])
    result = np.empty_like(groups)
    result[order] = groups
    return result
