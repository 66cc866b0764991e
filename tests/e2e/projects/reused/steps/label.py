from lib.seen import ran


def label(word: str) -> str:
    ran("label")
    return word.title()
