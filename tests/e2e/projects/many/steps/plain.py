"""A step that imports nothing."""


def make(number: int) -> dict:
    return {"number": number}
