"""What the trainer says while it works: one JSON object per line on standard output."""

import json
import sys


def tell(stage: str, **facts: object) -> None:
    """One step has begun (`stage`), with facts that a person may want to see."""
    sys.stdout.write(json.dumps({"stage": stage, **facts}) + "\n")
    sys.stdout.flush()
