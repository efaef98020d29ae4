"""Write the table of tensors by which networks are recognised, `xai_core/runtimes/networks/fingerprints.json`.

Run it after an update of torchvision or timm: `python tools/make_fingerprints.py`. It takes some minutes.
"""

import json
import warnings
from collections import Counter, defaultdict

import timm
from tqdm import tqdm

from xai_core.model.torchvision_table import TORCHVISION
from xai_core.runtimes.networks.build import TIMM, build_empty
from xai_core.runtimes.networks.fingerprints import COUNTER, FILE, make_sketch, tensor_key

KEYS = 6


def shapes(name: str, outputs: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a network's tensors."""
    state = build_empty(name, outputs).state_dict()
    return {key: tuple(tensor.shape) for key, tensor in state.items() if not key.endswith(COUNTER)}


def describe(name: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return the layers that give the outputs, the keys of the tensors of the body, and the sketch of the body."""
    some, others = shapes(name, 7), shapes(name, 11)
    head = sorted({key.rpartition(".")[0] for key in some if some[key] != others.get(key)})
    # People replace the whole part that holds the last layer, so nothing of it can be expected.
    roots = tuple(f"{layer.partition('.')[0]}." for layer in head)
    body = {key: shape for key, shape in some.items() if not key.startswith(roots)}
    return tuple(head), tuple(tensor_key(key, shape) for key, shape in body.items()), make_sketch(body)


def main() -> None:
    """Write the file."""
    warnings.simplefilter("ignore")
    groups: dict[tuple[tuple[str, ...], tuple[str, ...], str], list[str]] = defaultdict(list)
    for name in tqdm([*sorted(TORCHVISION), *(f"{TIMM}{name}" for name in timm.list_models())]):
        try:
            head, body, sketch = describe(name)
        except Exception as fault:  # noqa: BLE001 - some of timm's networks need more packages or have no outputs
            print(f"{name}: {fault}")  # noqa: T201 - a script
            continue
        if head and head != ("",):
            groups[head, body, sketch].append(name)
    frequency = Counter(key for _, body, _ in groups for key in set(body))
    rows = []
    for (head, body, sketch), names in groups.items():
        # Of equally rare tensors the later ones say more: deeper networks differ at their end.
        rarest = sorted(range(len(body)), key=lambda index: (frequency[body[index]], -index))
        # The plainest name is the likeliest.
        names.sort(key=lambda name: (name.startswith(TIMM), len(name), name))
        rows.append([names, list(head), len(body), [body[index] for index in rarest[:KEYS]], sketch])
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in sorted(rows))
    FILE.write_text(f"[{text}]\n", "utf-8")


if __name__ == "__main__":
    main()
