"""The command's entry."""


def main() -> None:
    pass
