"""Reader of a list of the pictures that carry suspect evidence."""

import csv
from collections.abc import Collection, Mapping
from pathlib import Path

from xai_core.cli import console
from xai_core.errors import SettingRefused
from xai_core.language import tr

YES, NO = ("yes", "true", "1"), ("no", "false", "0", "")


def read_evidence(path: Path) -> dict[str, bool]:
    """Return which pictures carry the suspect evidence, by image id.

    Parameters
    ----------
    path
        CSV with a header line and the columns `image_id` and `evidence`, with yes or no in any of the usual spellings.

    Raises
    ------
    SettingRefused
        If it cannot be read, or has other columns or values.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        unread = tr("{path}, which cannot be read ({fault})", path=path, fault=fault)
        raise SettingRefused("evidence", unread, tr("a CSV file")) from fault
    found = {}
    for number, row in enumerate(rows, start=2):
        image_id, value = row.get("image_id"), row.get("evidence")
        if not image_id or value is None or value.strip().casefold() not in (*YES, *NO):
            raise SettingRefused(
                "evidence",
                tr("{row} in line {number} of {file}", row=row, number=number, file=path.name),
                tr("the columns image_id and evidence (yes or no)"),
            )
        found[image_id] = value.strip().casefold() in YES
    if not found:
        raise SettingRefused(
            "evidence",
            tr("{file} without a picture", file=path.name),
            tr("a line for each picture that carries it"),
        )
    return found


def note_unknown(evidence: Mapping[str, bool], image_ids: Collection[str], file: Path) -> None:
    """Say how many pictures of a list no study has.

    Raises
    ------
    SettingRefused
        If no study has any of them.
    """
    known = set(image_ids)
    unknown = [image_id for image_id in evidence if image_id not in known]
    if len(unknown) == len(evidence):
        found = tr("{file}, none of whose pictures is in a study ({example}, ...)", file=file.name, example=unknown[0])
        raise SettingRefused("evidence", found, tr("ids such as pork_chop/1234"))
    if unknown:
        console.note(
            tr(
                "{unknown:,} of {pictures:,} pictures in {file} are in no study: {example}, ...",
                unknown=len(unknown),
                pictures=len(evidence),
                file=file.name,
                example=unknown[0],
            )
        )
