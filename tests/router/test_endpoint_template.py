"""Request templates: what a container is told, what its answer means, and every mistake at once."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from router import catalog, endpoint_template
from router.domain.mistake import BadFile
from router.domain.request import Input
from router.endpoint_template import Media, Template, body, lacks, media_of
from router.ports import Call, Setback
from router.testing.asking import call, picture, request

CATALOGUE = catalog.load()
STILL, FILM = CATALOGUE["flux-kontext-endpoint"], CATALOGUE["wan-i2v-endpoint"]
PNG = b"\x89PNG\r\n\x1a\n rest"
MP4 = b"\x00\x00\x00\x20ftypisom rest"
TEXT = base64.b64encode(PNG).decode()

GOOD = """schema: endpoint/1
about: a picture
always: {parameters.num_inference_steps: 4}
fields:
  prompt: {to: inputs}
  seed: {to: parameters.seed}
parameters: {guidance_scale: parameters.guidance}
pictures: {reference: "images[]", reference_2: "images[]"}
picture_form: data_uri
answer: {form: json, makes: image, field: generated.0.image}
"""


def written(folder: Path, text: str, name: str = "mine") -> Path:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def asked(model=STILL, **changes) -> Call:
    return call(model, request(model, model.operations[0], data=PNG, **changes), attempt="a" * 32)


@pytest.fixture
def mine(tmp_path: Path) -> Template:
    return endpoint_template.load(written(tmp_path, GOOD))["mine"]


def test_a_template_may_nest_and_list_and_write_data_uris(mine: Template):
    sent = asked(parameters=(("guidance_scale", 2.0),))
    said = body(mine, replace(sent, pictures=dict.fromkeys(sent.pictures, PNG)), 7)
    uri = f"data:image/png;base64,{TEXT}"
    assert said == {
        "inputs": sent.request.prompt,
        "parameters": {"num_inference_steps": 4, "seed": 7, "guidance": 2.0},
        "images": [uri, uri],
    }


def test_pictures_go_in_the_order_of_the_file_and_what_is_not_given_is_not_said(mine: Template):
    inputs = tuple(
        Input(role=role, media=picture(role.encode())) for role in ("reference_2", "reference")
    )
    sent = asked(inputs=inputs)
    pictures = {given.role: given.role.encode() for given in inputs}
    said = body(mine, replace(sent, pictures=pictures), None)
    first = base64.b64decode(said["images"][0].partition(",")[2])
    assert first == b"reference"
    assert "seed" not in said["parameters"]


def test_values_are_translated_and_reckoned_with():
    template = endpoint_template.load()["wan_i2v"]
    said = body(template, asked(FILM, resolution="720p"), 7)
    assert (said["size"], said["frame_num"], said["fps"]) == ("1280*720", 81, 16)


def test_what_a_row_offers_and_a_template_cannot_say_is_named(mine: Template):
    assert lacks(mine, STILL) == ("aspect", "reference_3")
    shipped = endpoint_template.load()["wan_i2v"]
    dearer = replace(FILM, limits=replace(FILM.limits, resolutions=("480p", "1080p")))
    assert lacks(shipped, dearer) == ("resolution 1080p",)


def answer(**changes: object) -> bytes:
    said = {"images": [TEXT], "seed": 9, "has_nsfw_concepts": [False], **changes}
    return json.dumps(said).encode()


def test_a_whole_answer_is_its_media_with_the_seed_that_was_used():
    template = endpoint_template.load()["flux_kontext"]
    assert media_of(template, answer()) == Media(data=PNG, mime="image/png", seed=9)
    assert media_of(template, answer(images=[f"data:image/png;base64,{TEXT}"])) == Media(
        data=PNG, mime="image/png", seed=9
    )
    film = endpoint_template.load()["wan_i2v"]
    assert media_of(film, MP4) == Media(data=MP4, mime="video/mp4", seed=None)


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"<html>", "undecodable", "not_json"),
        (b"[]", "undecodable", "no_media"),
        (b'{"images": []}', "undecodable", "no_media"),
        (answer(images=[TEXT[:-3]]), "undecodable", "bad_base64"),
        (answer(images=[base64.b64encode(MP4).decode()]), "undecodable", "not_a_picture"),
        (answer(seed="nine"), "undecodable", "bad_seed"),
        (answer(images=[None], has_nsfw_concepts=[True]), "refused", "filtered"),
    ],
)
def test_row55_an_answer_of_no_use_says_why(data: bytes, kind: str, code: str):
    found = media_of(endpoint_template.load()["flux_kontext"], data)
    assert isinstance(found, Setback)
    assert (found.kind, found.code, found.billed) == (kind, code, kind == "undecodable")


def test_a_picture_where_a_film_should_be_is_no_film():
    found = media_of(endpoint_template.load()["wan_i2v"], PNG)
    assert isinstance(found, Setback)
    assert found.code == "not_a_film"


def test_every_mistake_of_every_file_is_told_at_once_with_its_line(tmp_path: Path):
    written(tmp_path, GOOD.replace("to: inputs", "to: 9 inputs").replace("data_uri", "gif"), "one")
    written(
        tmp_path,
        GOOD.replace("parameters.seed", "inputs").replace(", field: generated.0.image", ""),
        "two",
    )
    written(
        tmp_path, GOOD.replace("{guidance_scale: parameters.guidance}", "{g: inputs.deep}"), "three"
    )
    written(tmp_path, GOOD.replace("form: json", "form: bytes"), "four")
    with pytest.raises(BadFile) as caught:
        endpoint_template.load(tmp_path)
    told = {(m.file, m.field, m.line, m.code) for m in caught.value.mistakes}
    assert told == {
        ("one.yaml", "fields.prompt.to", 5, "string_pattern_mismatch"),
        ("one.yaml", "picture_form", 9, "literal_error"),
        ("two.yaml", "fields.prompt.to", 5, "duplicate"),
        ("two.yaml", "fields.seed.to", 6, "duplicate"),
        ("two.yaml", "answer.field", 10, "missing"),
        ("three.yaml", "parameters.g", 7, "occupied"),
        ("four.yaml", "answer.field", 10, "no_json"),
    }
