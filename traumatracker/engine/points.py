"""Points as integers, and the one type that shows them: never without the count beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ONE = 10_000  # ten-thousandths: 10_000 is 1.0. Integers throughout, so that no engine can round differently.
CAP = 12_500  # Source: domain table of roles, "cap 1.25"; judgement.


def ten_thousandths(text: str) -> int:
    """Return a decimal such as "0.75" as integer ten-thousandths (7500)."""
    return int((Decimal(text) * ONE).to_integral_value(ROUND_HALF_UP))


def combined_role_weight(weights: Iterable[int]) -> int:
    """Return min(1.25, strongest + a quarter of the sum of the others), in ten-thousandths.

    Source: judgement; several parts in one event add to each other, but never to more than a quarter again.
    """
    ordered = sorted(weights, reverse=True)
    if not ordered:
        return 0
    return min(CAP, ordered[0] + (sum(ordered[1:]) * 25 + 50) // 100)


def displayed(points: int) -> str:
    """Return ten-thousandths rounded half up to one decimal, for people: 66250 → "6.6"."""
    return str((Decimal(points) / ONE).quantize(Decimal("0.1"), ROUND_HALF_UP))


@dataclass(frozen=True, order=False)
class Load:
    """How many exposures, and their points. Points alone cannot be built: weighting has shown no gain in
    validity, so the plain count always stands beside them. No order is defined: people are never ranked."""

    count: int
    points: int  # ten-thousandths

    def __post_init__(self) -> None:
        if self.count < 0 or (self.count == 0 and self.points != 0):
            raise ValueError("points without the exposures they come from")

    def __add__(self, other: "Load") -> "Load":
        return Load(self.count + other.count, self.points + other.points)

    @property
    def points_text(self) -> str:
        return displayed(self.points)
