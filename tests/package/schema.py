"""The schemas, as an editor applies them: every good file passes, files with mistakes of shape do not, and nothing that
`check` accepts is refused.

    schema.py FOLDER-OF-SCHEMAS CONFIGURATION
"""

import json
import pathlib
import sys
import tomllib

import jsonschema

SCHEMAS, SHIPPED = (pathlib.Path(argument) for argument in sys.argv[1:3])
TESTS = pathlib.Path(__file__).resolve().parent.parent
KINDS = {"main": "yieldsforge", "account": "account", "profile": "profile"}

VALIDATORS = {}
for kind, name in KINDS.items():
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    VALIDATORS[kind] = jsonschema.Draft7Validator(schema)


def mistakes(kind, path):
    """What an editor would mark."""
    return [error.message for error in VALIDATORS[kind].iter_errors(tomllib.loads(path.read_text()))]


def kind_of(path):
    return {"accounts": "account", "profiles": "profile"}.get(path.parent.name, "main")


good = [path for folder in (SHIPPED, TESTS / "config/good") for path in folder.rglob("*.toml*")]
assert len(good) >= 8, good
for path in good:
    found = mistakes(kind_of(path), path)
    assert not found, f"{path}: {found}"

# Mistakes of shape or unit, which a schema can see; those between values and files only `check` knows.
MARKED = {
    "main": ["unknown_key", "unknown_section", "tick_bare_number", "tick_without_unit", "mode_unknown", "section_is_a_value"],
    "account": ["currency_missing", "date_without_quotes", "enabled_text", "fee_bare", "keep_bare", "key_missing"],
    "profile": [
        "every_kind_of_mistake", "fixed_without_at", "floor_bare", "floor_bare_in_quotes", "floor_missing", "floor_misspelt",
        "floor_without_period", "max_period_too_long", "no_slice", "offset_without_unit", "period_too_short", "rule_misspelt",
        "rule_unknown_key", "share_bare", "spread_without_keys",
    ],
}
for kind, names in MARKED.items():
    for name in names:
        path = TESTS / "config_bad" / kind / f"{name}.toml"
        assert mistakes(kind, path), f"{path}: an editor would not mark it"

print(f"{len(good)} good files pass, {sum(map(len, MARKED.values()))} bad ones are marked")
