"""`python -m hub` and the `hub` command."""

from __future__ import annotations

from hub.cli import root


def main() -> None:
    """Runs the command line. Exit 0 done, 1 refused or failed, 2 usage."""
    root(prog_name="hub")


if __name__ == "__main__":
    main()
