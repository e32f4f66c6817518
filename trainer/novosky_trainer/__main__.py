"""`python -m novosky_trainer --matrix FILE --request FILE --out FOLDER`"""

import argparse
import sys
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(prog="novosky_trainer", description=__doc__)
    for name in ("--matrix", "--request", "--out"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args()
    from .fit import train  # Imported late: the libraries take seconds, bad usage should not.

    train(arguments.matrix, arguments.request, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
