from lib.seen import ran


def report(size: int) -> str:
    ran("report")
    return f"{size} sales"
