"""What run.sh has started is asked: is the dashboard well made, does every panel show something, does every rule work?

usage: monitoring.py PROMETHEUS DAEMON PID…
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

DASHBOARD = "config/grafana/dashboards/yieldsforge.json"
RULES = "config/prometheus/yieldsforge.rules.yml"
# The last version of the classic dashboard model, current in Grafana 12.
SCHEMA = 42
KINDS = {"row", "stat", "table", "timeseries"}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Everything that the demo shows is there within a minute; a loaded machine may take longer.
DEADLINE = 240
# Most series of one account (DESIGN.md section 7), and what Prometheus adds to each scrape.
MOST_SERIES = 500

web, daemon, pids = sys.argv[1], sys.argv[2], [int(pid) for pid in sys.argv[3:]]


def get(path, **params):
    """Asks Prometheus; answers its data or raises with its words."""
    url = f"{web}{path}?{urllib.parse.urlencode(params, doseq=True)}"
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return json.load(reply)["data"]
    except urllib.error.HTTPError as error:
        raise ValueError(json.load(error).get("error", str(error))) from error


def vector(query):
    """The result of an instant query as a list of (labels, value)."""
    data = get("/api/v1/query", query=query)
    if data["resultType"] == "scalar":
        return [({}, float(data["result"][1]))]
    return [(series["metric"], float(series["value"][1])) for series in data["result"]]


# --- the dashboard as a document


def real_panels(dashboard):
    """Panels that show something: rows only divide."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def overlap(one, other):
    """True when two places on the grid share a field."""
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (beside or above)


def model_faults(dashboard):
    """What Grafana would refuse, guess or show badly."""
    faults = []

    def want(good, what):
        if not good:
            faults.append(what)

    want(dashboard.get("schemaVersion") == SCHEMA, f"schemaVersion is not {SCHEMA}")
    want(dashboard.get("id", 0) is None, "a provisioned dashboard has id null")
    want(re.fullmatch(r"[a-z0-9-]{1,40}", dashboard.get("uid", "")), "uid: up to 40 of a-z, 0-9, -")
    for key in ("title", "tags", "time", "refresh", "timezone", "annotations", "templating"):
        want(dashboard.get(key), f"{key} is missing")
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}
    want(variables.get("datasource", {}).get("type") == "datasource", "no variable for the data source")
    for name, one in variables.items():
        if one["type"] == "query":
            want(one["datasource"] == SOURCE and one["query"]["query"], f"variable {name}: no query")

    panels = dashboard["panels"]
    ids = [panel["id"] for panel in panels]
    want(len(ids) == len(set(ids)), "two panels have one id")
    for number, panel in enumerate(panels):
        name, place = f'panel "{panel.get("title")}"', panel["gridPos"]
        want(panel.get("title"), f"panel {panel['id']} has no title")
        want(panel["type"] in KINDS, f"{name}: unknown type {panel['type']}")
        inside = place["x"] >= 0 and place["y"] >= 0 and place["w"] > 0 and place["h"] > 0 and place["x"] + place["w"] <= 24
        want(inside, f"{name}: off the grid of 24 columns")
        for other in panels[number + 1 :]:
            want(not overlap(place, other["gridPos"]), f'{name} lies over "{other["title"]}"')
        if panel["type"] == "row":
            want(place["w"] == 24 and place["h"] == 1, f"{name}: a row is 24 wide and 1 high")
            continue
        defaults = panel["fieldConfig"]["defaults"]
        want(panel.get("description"), f"{name} has no description")
        want(panel.get("datasource") == SOURCE, f"{name}: its data source is not the variable")
        want(defaults.get("unit"), f"{name} has no unit")
        first = (defaults.get("thresholds", {}).get("steps") or [{}])[0]
        want("value" in first and first["value"] is None, f"{name}: thresholds begin with a step without a value")
        want(panel.get("targets"), f"{name} asks for nothing")
        want(panel.get("options"), f"{name} has no options")
        refs = [target.get("refId") for target in panel.get("targets", [])]
        want(len(refs) == len(set(refs)) and all(refs), f"{name}: refIds")
        want(panel.get("repeat") in {None, *variables}, f"{name}: repeats over an unknown variable")
        for target in panel.get("targets", []):
            want(target.get("datasource") == SOURCE, f"{name} {target['refId']}: its data source is not the variable")
            want(target.get("expr"), f"{name} {target['refId']}: no expression")
            want(target.get("legendFormat") or panel["type"] == "table", f"{name} {target['refId']}: no legend")
            used = set(re.findall(r"\$\{?(\w+)", target.get("expr", "")))
            want(used <= set(variables), f"{name} {target['refId']}: unknown variables {used - set(variables)}")
    return faults


# --- the dashboard as Prometheus answers it


def fill(expression, values):
    """An expression with its variables replaced."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: values[found.group(1)], expression)


def choices(dashboard):
    """What each variable of the dashboard can be, asked as Grafana asks."""
    values = {"datasource": ["any"]}
    for one in dashboard["templating"]["list"]:
        if one["type"] != "query":
            continue
        current = {name: found[0] if found else "" for name, found in values.items()}
        selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", fill(one["query"]["query"], current)).groups()
        values[one["name"]] = sorted(get(f"/api/v1/label/{label}/values", **{"match[]": selector}))
    return values


def shows(expression, values):
    """None when it returns a series with a number in it (any series for quantiles), else what is wrong."""
    try:
        found = vector(fill(expression, values))
    except ValueError as error:
        return str(error)
    if not found:
        return "returns no series"
    if "histogram_quantile(" not in expression and all(value != value for _, value in found):
        return "returns nothing but NaN"
    return None


def panel_faults(dashboard):
    """Panels that would stand empty."""
    known = choices(dashboard)
    faults = [f"variable {name} has no value" for name, found in known.items() if not found]
    if faults:
        return faults
    one = {name: found[0] for name, found in known.items()}
    every = {**one, "account": ".+", "currency": ".+"}
    for panel in real_panels(dashboard):
        for target in panel["targets"]:
            wrong = shows(target["expr"], every)
            if wrong:
                faults.append(f'panel "{panel["title"]}" {target["refId"]} {wrong}: {fill(target["expr"], every)}')
        name = panel.get("repeat")
        for value in known[name] if name else []:
            # A currency may have no rate of one kind, but not of any kind.
            if all(shows(target["expr"], {**every, name: value}) for target in panel["targets"]):
                faults.append(f'panel "{panel["title"]}" is empty for {value}')
    return faults


# --- the rules


def rules():
    """All rules as Prometheus has loaded them."""
    return [rule for group in get("/api/v1/rules")["groups"] for rule in group["rules"]]


def rule_faults():
    """Rules that do not work, and selectors that find nothing: a misspelt name never fires."""
    loaded, faults = rules(), []
    with open(RULES, encoding="utf-8") as file:
        written = len(re.findall(r"^ +- (?:alert|record): ", file.read(), re.MULTILINE))
    if len(loaded) != written:
        faults.append(f"{written} rules are written, {len(loaded)} are loaded")
    for rule in loaded:
        if rule["health"] != "ok":
            faults.append(f"rule {rule['name']}: health {rule['health']} {rule.get('lastError', '')}")
        for selector in re.findall(r"\b(?:yieldsforge[_:][\w:]*|process_\w+|up)\b(?:\{[^}]*\})?", rule["query"]):
            if not vector(selector):
                faults.append(f"rule {rule['name']}: {selector} finds no series")
        if rule["type"] == "alerting":
            for key in ("summary", "description"):
                if not rule["annotations"].get(key):
                    faults.append(f"alert {rule['name']} has no {key}")
            if rule["labels"].get("severity") not in {"page", "warning", "info"}:
                faults.append(f"alert {rule['name']} has no severity")
    return faults


# --- the scrape itself


def scrape_faults():
    """What Prometheus says of the scrape, and promtool of the text."""
    target = get("/api/v1/targets")["activeTargets"][0]
    if target["health"] != "up":
        return [f"the target is {target['health']}: {target['lastError']}"]
    faults = []
    count = vector("scrape_samples_scraped")[0][1]
    if not 0 < count < MOST_SERIES:
        faults.append(f"a scrape has {count:.0f} series")
    with urllib.request.urlopen(f"{daemon}/metrics", timeout=10) as reply:
        kind, text = reply.headers["Content-Type"], reply.read()
    if kind != "text/plain; version=0.0.4; charset=utf-8":
        faults.append(f"content type {kind}")
    lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    if lint.returncode != 0:
        faults.append(f"promtool check metrics: {(lint.stdout + lint.stderr).decode().strip()}")
    return faults


def all_faults(dashboard):
    """Everything that is wrong now."""
    try:
        return scrape_faults() or panel_faults(dashboard) + rule_faults()
    except (OSError, IndexError) as error:
        return [f"Prometheus or the daemon does not answer yet: {error}"]


def main():
    """Waits until nothing is wrong, up to the deadline."""
    with open(DASHBOARD, encoding="utf-8") as file:
        dashboard = json.load(file)
    faults = model_faults(dashboard)
    if faults:
        sys.exit("\n".join([f"{DASHBOARD}:", *faults]))
    began = time.monotonic()
    while True:
        for pid in pids:
            os.kill(pid, 0)
        faults = all_faults(dashboard)
        if not faults:
            break
        if time.monotonic() - began > DEADLINE:
            sys.exit("\n".join([f"still wrong after {DEADLINE} s:", *faults]))
        time.sleep(1)
    queries = sum(len(panel["targets"]) for panel in real_panels(dashboard))
    print(f"{len(real_panels(dashboard))} panels with {queries} queries show something, {len(rules())} rules work")


if __name__ == "__main__":
    main()
