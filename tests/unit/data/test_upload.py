"""An uploaded file becomes a picture or a sentence that says why not, and no other decoder opens it."""

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image

from xai_core.data import upload
from xai_core.errors import UploadRefused

RED, BLUE = (200, 30, 40), (30, 40, 200)
ORIENTATION = 0x0112


def saved(photo, kind="PNG", **options):
    out = io.BytesIO()
    photo.save(out, kind, **options)
    return out.getvalue()


def halves(mode="RGB", left=RED, right=BLUE, size=(40, 20)):
    """A picture that is one colour on the left and another on the right."""
    photo = Image.new(mode, size, left)
    photo.paste(right, (size[0] // 2, 0, *size))
    return photo


def pixel(brought, x, y):
    return brought.photo.getpixel((x, y))


def near(found, expected, tolerance=12):
    return max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= tolerance


def refusal(content, name=""):
    with pytest.raises(UploadRefused) as refused:
        upload.read_upload(content, name)
    sentence = refused.value.sentence
    assert "Accepted are JPEG, PNG and WebP pictures of up to 20 MB and " in sentence
    assert refused.value.hint
    return sentence


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_accepted_kind_is_read_without_remarks(kind):
    brought = upload.read_upload(saved(halves(), kind), f"dish.{upload.SUFFIXES[kind][0]}")
    assert brought.photo.mode == "RGB"
    assert brought.photo.size == (40, 20)
    assert near(pixel(brought, 5, 10), RED)
    assert near(pixel(brought, 35, 10), BLUE)
    assert brought.notes == ()


def test_a_photograph_is_turned_upright_as_the_camera_recorded():
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was held so that the left of the file is the top of the scene
    brought = upload.read_upload(saved(halves(), "JPEG", exif=exif, quality=95))
    assert brought.photo.size == (20, 40)
    assert near(pixel(brought, 10, 5), RED)
    assert near(pixel(brought, 10, 35), BLUE)
    assert brought.notes == ("It was turned upright, as the camera recorded.",)


@pytest.mark.parametrize("orientation", [0, 1, 9, 255])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_orientation_that_turns_nothing_changes_nothing_and_needs_no_note(kind, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    brought = upload.read_upload(saved(halves(), kind, exif=exif))
    assert brought.photo.size == (40, 20)
    assert near(pixel(brought, 5, 10), RED)
    assert brought.notes == ()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_every_orientation_that_turns_or_mirrors_has_the_note(orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert upload.read_upload(saved(halves(), "JPEG", exif=exif)).notes == (
        "It was turned upright, as the camera recorded.",
    )


def test_metadata_that_is_damaged_is_no_reason_to_refuse_a_good_picture():
    brought = upload.read_upload(saved(halves(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\xff\xff", quality=95))
    assert brought.photo.size == (40, 20)


def test_grey_becomes_three_equal_channels():
    brought = upload.read_upload(saved(Image.new("L", (8, 8), 90)))
    assert pixel(brought, 3, 3) == (90, 90, 90)


def test_sixteen_bits_of_grey_are_scaled_and_not_clipped():
    grey = np.array([[0, 257 * 100, 65535]], np.uint16).repeat(2, axis=0)
    brought = upload.read_upload(saved(Image.fromarray(grey)))
    assert [pixel(brought, x, 0)[0] for x in range(3)] == [0, 100, 255]
    assert brought.notes == ("Its 16 bits of grey were reduced to 8.",)


def test_sixteen_bits_of_colour_are_reduced():
    row = b"\0" + struct.pack(">3H", 65535, 257 * 128, 0) * 2
    chunks = [(b"IHDR", struct.pack(">2I5B", 2, 1, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(row)), (b"IEND", b"")]
    brought = upload.read_upload(png_of(chunks))
    assert pixel(brought, 1, 0) == (255, 128, 0)


def test_printing_colours_become_those_of_a_screen():
    brought = upload.read_upload(saved(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95))
    assert brought.photo.mode == "RGB"
    assert near(pixel(brought, 8, 8), (255, 0, 0), tolerance=30)
    assert brought.notes == ("Its printing colours were converted to screen colours.",)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_is_white_and_what_is_half_so_is_paler(kind):
    photo = halves("RGBA", (0, 0, 0, 0), (0, 0, 0, 128))
    brought = upload.read_upload(saved(photo, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert pixel(brought, 5, 10) == (255, 255, 255)
    assert near(pixel(brought, 35, 10), (127, 127, 127), tolerance=2)
    assert brought.notes == ("Transparent parts are shown white.",)


def test_a_palette_with_a_transparent_colour_is_white_there_too():
    photo = halves().quantize(2)
    hole = photo.getpixel((5, 10))
    brought = upload.read_upload(saved(photo, transparency=hole))
    assert pixel(brought, 5, 10) == (255, 255, 255)
    assert near(pixel(brought, 35, 10), BLUE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_taken_and_that_is_said(kind):
    first, second = Image.new("RGB", (16, 16), RED), Image.new("RGB", (16, 16), BLUE)
    brought = upload.read_upload(saved(first, kind, save_all=True, append_images=[second], duration=50))
    assert near(pixel(brought, 8, 8), RED)
    assert brought.notes == ("It is animated. This is the first of its 2 frames.",)


def test_a_file_is_what_it_holds_whatever_it_is_called():
    brought = upload.read_upload(saved(halves(), "WEBP", lossless=True), "dish.JPG")
    assert near(pixel(brought, 5, 10), RED)
    assert brought.notes == ("In spite of its name the file is a WebP.",)


def test_suffixes_are_compared_without_regard_to_case():
    assert upload.read_upload(saved(halves(), "JPEG"), "DISH.JPEG").notes == ()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "is empty"),
        (b"GIF89a" + bytes(20), "is a GIF"),
        (b"BM" + bytes(60), "is a BMP"),
        (b"II*\0" + bytes(20), "is a TIFF"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "is a HEIC or AVIF picture"),
        (b"\0\0\0\x18ftypisom" + bytes(20), "is a film"),
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"PK\x03\x04" + bytes(20), "is a ZIP archive"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "is an SVG drawing"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html></html>", "is a web page"),
        (b"This is no picture.\n", "is a text"),
        (b"\x7fELF" + bytes(20), "is of an unknown kind"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_accepted_picture_is_told_by_what_it_is(content, found):
    assert refusal(content, "dish.jpg").startswith(f"The file {found}. Accepted are JPEG, PNG and WebP")


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "GIF"])
def test_a_good_picture_of_another_kind_under_a_lying_name_is_refused(kind):
    assert "Save it as one of these kinds" in refusal(saved(halves(), kind), "dish.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused_at_whatever_byte(kind, share):
    random = np.random.default_rng(3).integers(0, 255, (64, 64, 3), np.uint8)
    content = saved(Image.fromarray(random), kind)
    assert "damaged or cut off" in refusal(content[: int(len(content) * share)])


@pytest.mark.parametrize("byte", [6, 42], ids=["what cannot be unpacked", "what unpacks to other pixels"])
def test_a_png_with_a_single_wrong_byte_is_damaged(byte):
    content = bytearray(saved(halves()))
    content[content.index(b"IDAT") + byte] ^= 0xFF
    assert "is a PNG that is damaged or cut off" in refusal(bytes(content))


def test_a_jpeg_that_ends_in_its_head_is_damaged():
    assert "is a JPEG that is damaged" in refusal(b"\xff\xd8\xff\xe0\x00\x10JFIF")


def test_a_file_above_the_bound_is_refused_before_anything_decodes_it(monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_args, **_options: pytest.fail("decoded"))
    content = b"\xff\xd8\xff" + bytes(upload.MAX_BYTES)
    assert refusal(content).startswith("The file has 20.0 MB.")


def png_of(chunks):
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(("side", "found"), [(6_400, "has 6,400 x 6,400 pixels"), (60_000, "has 3,600 megapixels")])
def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused_by_its_head(side, found):
    head = struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)
    bomb = png_of([(b"IHDR", head), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b"")])
    assert len(bomb) < 200
    sentence = refusal(bomb)
    assert sentence.startswith(f"The file {found}.")
    assert "Make it smaller" in sentence


def test_a_note_that_unpacks_to_much_text_is_no_way_in_either():
    text = zlib.compress(bytes(80 * 2**20), 9)
    chunks = [(b"IHDR", struct.pack(">2I5B", 1, 1, 8, 0, 0, 0, 0)), (b"zTXt", b"a\0\0" + text)]
    bomb = png_of([*chunks, (b"IDAT", zlib.compress(b"\0\0")), (b"IEND", b"")])
    assert "damaged" in refusal(bomb)


def test_a_picture_of_exactly_the_bound_is_read(monkeypatch):
    monkeypatch.setattr(upload, "MAX_PIXELS", 40 * 20)
    assert upload.read_upload(saved(halves())).photo.size == (40, 20)
    assert "has 41 x 20 pixels" in refusal(saved(halves(size=(41, 20))))


def test_readers_who_upload_at_once_each_get_their_own():
    colours = [(number, 255 - number, number // 2) for number in range(0, 240, 20)]
    contents = [saved(Image.new("RGB", (64, 64), colour)) for colour in colours]
    found = {}

    def bring(place):
        found[place] = pixel(upload.read_upload(contents[place]), 9, 9)

    threads = [threading.Thread(target=bring, args=(place,)) for place in range(len(colours))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [found[place] for place in range(len(colours))] == colours


def test_a_png_that_has_lost_its_palette_is_refused_in_words():
    chunks = [
        (b"IHDR", struct.pack(">2I5B", 4, 1, 8, 3, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\0\1\2\3")),
        (b"IEND", b""),
    ]
    assert "is a PNG that is damaged or cut off" in refusal(png_of(chunks))
