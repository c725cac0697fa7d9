"""Pictures on the wire are held against the rule of their model."""

import base64

import pytest

from router.emulator.canvas import film_size, one_megapixel, still_size
from router.emulator.errors import AwsError
from router.emulator.pictures import CREATIVE, FAST, KEYFRAME, Picture, read


def refused(text, **rule):
    with pytest.raises(AwsError) as caught:
        read(text, "image", **rule)
    return caught.value.message


def test_base64_is_strict(picture):
    good = picture()
    assert "base64" in refused(f"data:image/png;base64,{good}")
    assert "base64" in refused(good[:101])
    assert "base64" in refused(good + "\n!")


def test_what_is_not_a_picture_is_refused(picture):
    assert "unable to decode" in refused(base64.b64encode(b"not a picture").decode())
    whole = base64.b64decode(picture(kind="JPEG"))
    assert "unable to decode" in refused(base64.b64encode(whole[: len(whole) // 2]).decode())


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ((63, 100), "each side must be 64"),
        ((64, 161), "aspect ratio must be within 1:2.5"),
        ((3100, 3100), "total pixels must be"),
    ],
)
def test_the_common_rule_holds(picture, size, text):
    assert text in refused(picture(*size))


def test_the_upscalers_have_rules_of_their_own(picture):
    assert "each side must be 32 to 1536" in refused(picture(1537, 64), rule=FAST)
    assert read(picture(32, 32), "image", FAST).width == 32
    assert "total pixels" in refused(picture(1025, 1024), rule=CREATIVE)
    assert read(picture(1024, 1024), "image", CREATIVE).height == 1024


def test_key_frames_are_512_to_4096_pixels_and_jpeg_or_png(picture):
    assert "each side must be 512 to 4096" in refused(picture(511, 600), rule=KEYFRAME)
    assert "each side must be 512 to 4096" in refused(picture(4097, 600), rule=KEYFRAME)
    assert "webp is not one of" in refused(picture(kind="WEBP"), rule=KEYFRAME)
    assert read(picture(512, 512), "frame0", KEYFRAME).format == "png"


def test_a_gif_is_refused(picture):
    assert "gif is not one of" in refused(picture(kind="GIF", mode="L"))


def source(width, height):
    return Picture(text="", format="png", width=width, height=height)


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("image_to_image", {}, (1344, 768)),
        ("inpaint", {}, (896, 512)),
        ("outpaint", {"left": 100, "down": 7.0}, (996, 519)),
        ("upscale_fast", {}, (3584, 2048)),
        ("style_guide", {"aspect_ratio": "9:16"}, (768, 1344)),
    ],
)
def test_the_answer_has_the_size_that_was_asked_for(operation, body, expected):
    assert still_size(operation, body, source(896, 512)) == expected


def test_big_upscales_come_to_four_megapixels_and_never_shrink():
    width, height = still_size("upscale_creative", {}, source(800, 500))
    assert abs(width * height - 4 * 1024 * 1024) < 5000
    assert still_size("upscale_conservative", {}, source(3000, 2000)) == (3000, 2000)


@pytest.mark.parametrize(("width", "height"), [(100, 400), (512, 512), (4000, 3000), (300, 299)])
def test_image_to_image_answers_in_about_one_megapixel(width, height):
    wide, high = one_megapixel(width, height)
    assert wide % 64 == 0
    assert high % 64 == 0
    assert 640 <= min(wide, high) <= max(wide, high) <= 1536
    assert 0.8 < wide * high / 1_048_576 < 1.2


def test_films_are_even_and_as_tall_as_they_say():
    assert film_size("16:9", "540p") == (960, 540)
    assert film_size("9:16", "720p") == (720, 1280)
    assert film_size("21:9", "720p") == (1680, 720)
