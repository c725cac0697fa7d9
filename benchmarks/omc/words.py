"""The words of OMC-JSON v2.8 that are written here: controlled values, and what each entity holds.

Source: MovieLabs, Ontology for Media Creation, JSON schema documentation. MovieLabs' own schema is
not part of this house: what stands here is a closed part of it, put down anew from the
documentation. It is stricter where OMC leaves text free (functional types), and says nothing of
entities that are not written.
"""

from typing import Any

VERSION = "https://movielabs.com/omc/json/schema/v2.8"
SCOPE = "circletake"

Json = dict[str, Any]

STRUCTURAL = ("digital.image", "digital.imageSequence", "digital.movingImage", "digital.data")
FUNCTIONAL = (
    "artwork.conceptArt", "capture", "color.cdl", "color.lut", "creativeReferenceMaterial",
    "shot.vfx", "technicalReferenceMaterial",
)  # fmt: skip
OF_FILE = {
    "x.plate": "capture",
    "cdl": "color.cdl",
    "lut": "color.lut",
    "matte": "technicalReferenceMaterial",
    "document": "technicalReferenceMaterial",
}
REFERENCE = "creativeReferenceMaterial"  # every other file that steers a shot
LOOKDEV = frozenset({"lookdev_text_to_image", "reference_to_image"})  # tasks whose takes are art
# Names of the edges between entities, as a Context holds them.
EDGES = ("contributesTo", "contributor", "features", "featuresIn", "for", "has", "needs", "uses")
NAMED = ("Asset", "Character", "CreativeWork", "NarrativeScene", "NarrativeWardrobe", "Participant")


def _closed(properties: Json, *required: str) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _several(items: Json) -> Json:
    return {"type": "array", "items": items, "minItems": 1}


TEXT: Json = {"type": "string"}
IDENTIFIER = _several(
    _closed(
        {
            "identifierScope": {"const": SCOPE},
            "identifierValue": {"type": "string", "pattern": r"^[a-z]+/[A-Za-z0-9_./-]+$"},
        },
        "identifierScope",
        "identifierValue",
    )
)
LINK = _closed({"identifier": IDENTIFIER}, "identifier")
LINKS = _several(LINK)


def _entity(kind: str, **own: Json) -> Json:
    told: Json = {
        "schemaVersion": {"const": VERSION},
        "entityType": {"const": kind},
        "identifier": IDENTIFIER,
        "name": TEXT,
        "description": TEXT,
        "tag": _several(_closed({"domain": TEXT, "value": _several(TEXT)}, "domain", "value")),
    }
    return _closed(told | own, "schemaVersion", "entityType", "identifier")


_EDGE = {
    "type": "object",
    "properties": dict.fromkeys(NAMED, LINKS),
    "additionalProperties": False,
    "minProperties": 1,
}
CONTEXT = _entity("Context", contextType={"const": "production"}, **dict.fromkeys(EDGES, _EDGE))
CONTEXTS: Json = {"Context": LINKS}
_FILE = _closed({"fileName": TEXT, "mediaType": TEXT}, "fileName")
ASSET_SC = _entity(
    "AssetSC",
    structuralType={"enum": list(STRUCTURAL)},
    structuralProperties=_closed({"fileDetails": _FILE}),
)
PERSON = _entity(
    "Person",
    structuralType={"const": "Person"},
    personName=_closed({"fullName": TEXT}, "fullName"),
    jobTitle=TEXT,
)
_VERSIONED = _closed(
    {"versionNumber": TEXT, "Alternative": LINKS, "DerivationOf": LINK, "RevisionOf": LINK}
)
ENTITIES: dict[str, Json] = {
    "Asset": _entity(
        "Asset",
        AssetSC=ASSET_SC,
        assetFC=_closed({"functionalType": {"enum": list(FUNCTIONAL)}}, "functionalType"),
        version=_VERSIONED,
        **CONTEXTS,
    ),
    "Character": _entity(
        "Character",
        characterType={"enum": ["character", "extra"]},
        characterName=_closed({"fullName": TEXT}, "fullName"),
        **CONTEXTS,
    ),
    "Context": CONTEXT,
    "CreativeWork": _entity(
        "CreativeWork",
        creativeWorkType={"const": "creativeWork"},
        creativeWorkTitle=_several(
            _closed({"titleName": TEXT, "titleType": {"const": "workingTitle"}}, "titleName")
        ),
    ),
    "NarrativeScene": _entity(
        "NarrativeScene",
        narrativeType={"const": "narrativeScene"},
        sceneName=_closed({"fullName": TEXT}, "fullName"),
        **CONTEXTS,
    ),
    "NarrativeWardrobe": _entity(
        "NarrativeWardrobe", narrativeType={"const": "narrativeWardrobe"}, **CONTEXTS
    ),
    "Participant": _entity("Participant", ParticipantSC=PERSON),
    "Task": _entity("Task", taskFC=_closed({"functionalType": TEXT}, "functionalType"), **CONTEXTS),
}
SCHEMA: Json = {
    "$schema": "https://json-schema.org/draft/2019-09/schema",
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["entityType"],
        "properties": {"entityType": {"enum": sorted(ENTITIES)}},
        "allOf": [
            {"if": {"properties": {"entityType": {"const": kind}}}, "then": shape}
            for kind, shape in ENTITIES.items()
        ],
    },
}
