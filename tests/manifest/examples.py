# SPDX-License-Identifier: Apache-2.0
"""Manifests that are valid, and one row for each way of being wrong."""

DIGEST = "sha256:" + "0" * 64

FULL = f"""\
schema: hauberk/manifest/1
name: credit
purpose: |
  Advise a credit officer.
owners:
  - {{name: Mara Voss, role: product owner, contact: credit@example.com}}
sector: banking
regions: [DE, NO, US-CA, EEA]
effect: advises
uses: [credit-score]
roles:
  - {{name: board, holders: [ada], appoints: [risk]}}
  - {{name: risk, holders: [mara, jo], answers_for: [gdpr, "ai-act:Art.14"]}}
approvals:
  - {{name: release, role: risk, eyes: 2}}
stakeholders:
  - {{who: works council, when: "2026-10-01", said: too fast, changed: one more month}}
oversight: {{by: credit officer, can: [overturn, stop], contest: by letter, evidence: docs/oversight.md}}
seed: 7
assets:
  - id: train
    kind: dataset
    uri: data/train.csv
    digest: {DIGEST}
    region: DE
    facts:
      split: train
      label: risk
      favourable: good
      columns:
        - {{name: age, personal: true, sensitive: true, type: integer, groups: [30, 60.5]}}
        - {{name: " odd name "}}
  - id: fit
    kind: process
    facts: {{inputs: [train], outputs: [model], code: script, seed: 3}}
  - {{id: script, kind: code, uri: train.py}}
  - {{id: model, kind: model, uri: ./models/m.onnx, facts: {{trained_on: [train], trained_by: fit}}}}
  - id: api
    kind: endpoint
    uri: https://credit.example.com/predict
    zone: bank
    facts: {{serves: model, authentication: jwt, rate_limit: 60/minute}}
boundaries:
  - {{name: internet, between: [public, bank]}}
flows:
  - {{name: ask, source: applicant, target: api, carries: [personal], crosses: [internet], protection: [tls]}}
threats:
  - {{id: AML.T0015, asset: model, treatment: "mitigate: coarse bins"}}
policy:
  name: strict
  rules:
    - {{id: severe, severity: high, confidence: low, stages: [data], cards: [HBK-MOD-001], why: because}}
    - {{id: robust, limit: {{measurement: robust_accuracy, at_least: 0.6, severity: medium}}}}
exclude:
  - {{path: "tests/**", reason: planted faults}}
plugins:
  - {{name: extra, version: "1.0", digest: {DIGEST}}}
"""

ASSET = "name: x\nassets:\n  - {id: a, kind: model"

# text, what one of the faults must say, whether the schema can say it too
WRONG: list[tuple[str, str, bool]] = [
    ("name: x\nuses: [credit-scores]", "uses[0]: not one of the known words; did you mean 'credit-score'?", True),
    ("name: x\nroles: [{name: y}, {name: y}]", "roles[1].name: already used in line 2", False),
    ("name: x\nroles: [{name: y, appoints: [z]}]", "roles[0].appoints[0]: names no declared role", False),
    ("name: x\napprovals: [{name: y, role: z}]", "approvals[0].role: names no declared role", False),
    ("name: x\nroles: [{name: z}]\napprovals: [{name: y, role: z, eyes: 0}]", "approvals[0].eyes: out of range", True),
    ("name: x\nstakeholders: [{who: y, when: soon}]", "stakeholders[0].when: not a date", True),
    ("name: x\nassetts: []", "2:1: manifest: 'assetts' is not known here; did you mean 'assets'?", True),
    ("purpose: x", "1:1: manifest: 'name' is missing; add `name:`", True),
    ('name: ""', "1:7: name: empty", True),
    ("name: 12", "1:7: name: a number where a text is expected; put it in quotes", True),
    ("name:", "1:6: name: nothing where a text is expected", True),
    ("name: x\nname: y", "2:1: manifest: 'name' is written twice", False),
    ("name: x\nuri: y", "2:1: manifest: 'uri' is not known here", True),
    ("name: x\nlines: {}", "2:1: manifest: 'lines' is not known here", True),
    ("name: x\nschema: hauberk/manifest/9", "2:9: schema: not a schema that this hauberk reads", True),
    ("name: x\neffect: advise", "2:9: effect: not one of the allowed words; did you mean 'advises'?", True),
    ("name: x\nregions: [UK]", "2:11: regions[0]: not a region", True),
    ("name: x\nregions: [Germany]", "2:11: regions[0]: not a region", True),
    ("name: x\nregions: DE", "2:10: regions: a text where a list is expected", True),
    ("name: x\nowners: [{name: y}]", "2:10: owners[0]: 'role' is missing", True),
    ("name: x\nowners: [y]", "2:10: owners[0]: a text where keys are expected; write keys: name, role, contact", True),
    ("name: x\nseed: -1", "2:7: seed: out of range", True),
    ("name: x\nseed: 1.5", "2:7: seed: a number where a whole number is expected", True),
    ("name: x\nseed: true", "2:7: seed: true or false where a whole number is expected", True),
    ("name: x\noversight: {by: y, can: [shout]}", "oversight.can[0]: not one of the known words", True),
    (ASSET + ", uri: /etc/passwd}", "3:31: assets[0].uri: an absolute path", True),
    (ASSET + ", uri: 'C:/x'}", "assets[0].uri: an absolute path", True),
    (ASSET + ", uri: 'file:///etc/passwd'}", "assets[0].uri: an absolute path", True),
    (ASSET + ", uri: a/../../b}", "assets[0].uri: leaves the folder", True),
    (ASSET + ", uri: '..'}", "assets[0].uri: leaves the folder", True),
    (ASSET + ", uri: 'a\\b'}", "assets[0].uri: leaves the folder", True),
    (ASSET + ", uri: 'https://u:p@h/x'}", "assets[0].uri: a URL with a user name or password", True),
    (ASSET + ", digest: sha256:ABC}", "assets[0].digest: not a digest", True),
    (ASSET + f", digest: md5:{'0' * 32}}}", "assets[0].digest: not a digest", True),
    (ASSET + ", region: de}", "assets[0].region: not a region", True),
    ("name: x\nassets: [{id: '', kind: model}]", "assets[0].id: not an id", True),
    ("name: x\nassets: [{id: a b, kind: model}]", "assets[0].id: not an id", True),
    ("name: x\nassets: [{id: a, kind: modle}]", "assets[0].kind: not one of the allowed words; did you mean", True),
    (ASSET + "}\n  - {id: a, kind: code}", "4:10: assets[1].id: already used in line 3", False),
    (ASSET + ", facts: {trained_on: [b]}}", "assets[0].facts.trained_on[0]: names no declared asset", False),
    (ASSET + ", facts: {trained_on: [a]}}", "facts.trained_on[0]: names an asset of kind model; name one of", False),
    (ASSET + ", facts: {serves: b}}", "assets[0].facts.serves: names no declared asset", False),
    (ASSET + ", facts: {inputs: [b]}}", "assets[0].facts.inputs[0]: names no declared asset", False),
    (ASSET + ", facts: {split: trian}}", "assets[0].facts.split: not one of the known words; did you mean", True),
    (ASSET + ", facts: {columns: [{name: c}, {name: c}]}}", "columns[1].name: already used in line 3", False),
    (ASSET + ", facts: {columns: [{name: c, personal: 'yes'}]}}", "columns[0].personal: a text where true or", True),
    (ASSET + ", facts: {columns: [{name: c, groups: [.nan]}]}}", "groups[0]: a number where a finite number", False),
    ("name: x\nboundaries: [{name: b, between: [p]}]", "boundaries[0].between: not a list of exactly 2", True),
    ("name: x\nboundaries: [{name: b, between: [p, p]}]", "boundaries[0].between: the same zone on both", False),
    ("name: x\nflows: [{name: f, source: a, target: b, crosses: [c]}]", "crosses[0]: names no declared bound", False),
    ("name: x\nflows: [{name: f, source: a, target: b, carries: [personel]}]", "did you mean 'personal'?", True),
    ("name: x\nthreats: [{id: t, asset: b}]", "threats[0].asset: names no declared asset", False),
    ("name: x\nexclude: [{path: 'a/**'}]", "exclude[0]: 'reason' is missing", True),
    ("name: x\nexclude: [{path: 'a/**', reason: ' '}]", "exclude[0].reason: empty", True),
    ("name: x\nexclude: [{path: '/a', reason: r}]", "exclude[0].path: an absolute path", True),
    ("name: x\npolicy: {rules: []}", "2:17: policy.rules: a policy without rules", True),
    ("name: x\npolicy: {}", "policy: 'rules' is missing", True),
    ("name: x\npolicy: {rules: [{id: a}]}", "policy.rules[0]: a rule that names neither severity nor limit", True),
    ("name: x\npolicy: {rules: [{id: a, severity: hihg}]}", "severity: not one of the allowed words; did you", True),
    ("name: x\npolicy: {rules: [{id: a, severity: low, cards: [x]}]}", "cards[0]: not the id of a rule", True),
    ("name: x\npolicy: {rules: [{id: a, severity: low}, {id: a, severity: low}]}", "rules[1].id: already used", False),
    (
        "name: x\npolicy: {rules: [{id: a, regression: {measurement: m}}]}",
        "regression: may_drop and may_rise, neit",
        True,
    ),
    ("name: x\npolicy: {rules: [{id: a, limit: {measurement: m}}]}", "limit: at_least and at_most, or neither", True),
    (
        "name: x\npolicy: {rules: [{id: a, limit: {measurement: m, at_least: 1, at_most: 2}}]}",
        "policy.rules[0].limit: at_least and at_most, or neither",
        True,
    ),
    ("name: x\npolicy: {rules: [{id: a, limit: {measurement: m, at_least: .inf}}]}", "a finite number", False),
    ("name: x\npolicy: ../policy.yaml", "2:9: policy: leaves the folder", True),
    ("name: x\npolicy: https://x/p", "2:9: policy: a URL", True),
    ("name: x\nplugins: [{name: p, version: 1.0, digest: d}]", "version: a number where a text is expected; put", True),
    ("name: &n x", "1:7: name: an anchor; remove it", False),
    ("name: x\npurpose: *n", "2:10: purpose: an alias; write the value out", True),
    ("name: !!python/object:os.system x", "1:7: name: a YAML tag; remove it", False),
    ("<<: {name: x}\nname: y", "1:1: manifest: a key is not known here", True),
    ("? [a]\n: b\nname: x", "1:3: manifest: a key that is not a plain word", True),
    ('name: "x\\e[31m"', "1:7: name: a text with control characters", False),
    ("name: x\n---\nname: y", "2:1: manifest: a second document", False),
    ("- a", "1:1: manifest: a list where keys are expected", True),
    ("x", "1:1: manifest: a text where keys are expected", True),
    ("", "1:1: manifest: empty", False),
    ("name: [", "not YAML (did not find expected node content)", False),
    ("name: x\n\tpurpose: y", "2:1: manifest: not YAML", False),
    ("name: \x00", "1:1: manifest: holds characters that YAML does not allow", False),
    ("name: " + "[" * 40 + "]" * 40, "1:38: manifest: nested more than 32 deep", False),
    ("name: x\nregions: [" + "DE," * 60_000 + "]", "more than 50000 values", False),
    ("name: " + "x" * (1 << 20), "1:1: manifest: more than 1048576 bytes", False),
]
