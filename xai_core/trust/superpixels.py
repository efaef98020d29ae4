"""Patches of a picture that follow its edges: what methods over superpixels show and hide."""

from xai_core.explain.segmentation import squares, superpixels

__all__ = ["squares", "superpixels"]
