"""Between the steps and the rates."""

from lib.rates import RATE


def price(number: int) -> int:
    return number * RATE
