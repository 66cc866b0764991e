"""What things cost."""


def rate() -> int:
    return 2


def unused() -> int:
    return 1
