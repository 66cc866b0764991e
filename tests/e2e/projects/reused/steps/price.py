from lib.near import priced
from lib.seen import ran


def price(rows: list) -> list:
    """What each sale brought."""
    ran("price")
    return [priced(amount) for amount in rows]
