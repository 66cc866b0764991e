from lib.far import rate


def priced(amount: int) -> int:
    return amount * rate()
