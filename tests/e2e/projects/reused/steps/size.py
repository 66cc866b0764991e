from lib.seen import ran


def size(priced: list) -> int:
    ran("size")
    return len(priced)
