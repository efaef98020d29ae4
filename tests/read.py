"""Texts and jobs of an opened page of the app, for tests."""

import re

from pages.ui.maps import jobs


def texts(elements):
    """Return the texts of some elements of a page, one line each."""
    return "\n".join(element.value for element in elements)


def alt_texts(at):
    """Return the alternative texts of the pictures of an opened page."""
    return [image.proto.imgs[0].alt for image in at.image]


def map_alts(at):
    """Return the alternative texts of the maps of an opened page, without the name of the picture and the finding."""
    return [re.search("Evidence for [^.]*", alt)[0] for alt in alt_texts(at) if "Evidence for " in alt]


def jobs_of(at, *slots):
    """Return the jobs in some slots of an opened page."""
    return [job for slot in slots for job in jobs.submitted(slot, at.session_state)]


def wait_for_jobs(at, *slots, timeout_s=30):
    """Wait until the jobs in some slots of an opened page are over, and return them."""
    found = jobs_of(at, *slots)
    assert all(job.wait(timeout_s=timeout_s) for job in found)
    return found
