"""A step two imports away from the rates."""

from lib.prices import price


def make(number: int) -> dict:
    return {"price": price(number)}
