from lib.seen import ran


def region(region: str) -> str:
    ran(f"region {region}")
    return region.upper()
