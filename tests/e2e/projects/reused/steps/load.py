from pathlib import Path

from lib.seen import ran


def load(sales: Path) -> list:
    ran("load")
    return [int(line) for line in sales.read_text().split()]
