# SPDX-License-Identifier: Apache-2.0
"""``hauberk attack`` from the command line: verdict first, exit codes, refusals that say what to do."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from base64 import b64decode
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from hauberk.cli.main import execute
from hauberk.protect.schema import schemas
from tests.checks.measuring import whole
from tests.models.endpoint import Handler, server

SCHEMA = json.loads(schemas()["attack-1.json"])
SAMPLES = Path(__file__).parents[2] / "samples" / "HBK-ATK-003"
BAD, GOOD = SAMPLES / "bad" / "model.onnx", SAMPLES / "good" / "model.onnx"
QUICK = ["--budget-queries", "120", "--rows", "100"]


def run(capsys, *arguments):
    code = execute(["attack", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def data(model):
    return ["--data", model.parent / "data" / "test.csv"]


def measured(out):
    document = json.loads(out)
    jsonschema.validate(document, SCHEMA)
    return document, {one["name"]: one for one in document["measurements"]}


@pytest.mark.slow
def test_a_white_box_attack_says_its_verdict_first_and_gates(capsys):
    pytest.importorskip("torch", reason="the extra torch is not installed")
    code, out, _ = run(capsys, BAD, *data(BAD), *QUICK, "--at-least", "0.5")
    assert code == 1
    assert out.splitlines()[0] == "evaluation valid: 16 of 17 checks ran, none flagged"
    assert "robust_accuracy at linf 0.03137:" in out
    code, out, _ = run(capsys, GOOD, *data(GOOD), *QUICK, "--at-least", "0.5", "--json")
    document, numbers = measured(out)
    assert code == 0
    assert document["threat_model"] == "white box"
    assert numbers["robust_accuracy"]["low"] > 0.5
    assert len(document["checks"]) == 17
    shares = [share for _, share, _, _ in document["curve"]]
    assert shares == sorted(shares, reverse=True)


def test_a_black_box_attack_counts_queries_and_money(capsys):
    code, out, _ = run(capsys, BAD, *data(BAD), *QUICK, "--black-box", "--price", "0.002EUR", "--json")
    document, numbers = measured(out)
    assert code == 0
    assert document["threat_model"] == "black box: scores"
    assert numbers["attacker_cost"]["value"] == pytest.approx(0.002 * numbers["queries_to_fool"]["value"])
    assert numbers["robust_accuracy"]["parameters"]["queries"] <= 120 * 100


def test_one_method_is_run_alone_and_its_number_stands_beside_all_that_shaped_it(capsys):
    pytest.importorskip("torch", reason="the extra torch is not installed")
    few = ["--rows", "40", "--eps", "0.06", "--quiet"]
    code, out, _ = run(capsys, BAD, *data(BAD), *few, "--method", "pgd", "--steps", "15", "--restarts", "2")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("evaluation ")
    assert lines[2] == "pgd alone, as asked for"
    assert re.fullmatch(
        r"under pgd 15 x 2: linf, eps 0.06, box 0 to 1, 15 steps, 2 starts, [\d,]+ forwards, 0 queries, seed 0",
        lines[-1],
    )
    code, out, _ = run(capsys, BAD, *data(BAD), *few, "--method", "nes", "--target", "3", "--budget-queries", "60")
    assert code == 0
    assert "under nes, to be taken for 3: linf" in out


def test_corruptions_are_graded_and_gate(capsys):
    code, out, _ = run(capsys, BAD, *data(BAD), "--rows", "60", "--corruptions", "--at-least", "0.6", "--json")
    document, numbers = measured(out)
    assert code == 1
    assert document["threat_model"] == "no attacker: corruptions"
    assert numbers["mean_corruption_error"]["low"] > 0.3
    assert [point[0] for point in document["curve"]] == [0, 1, 2, 3, 4, 5]


def test_an_endpoint_is_attacked_alike_and_its_own_count_is_ours(capsys):
    made = server(BAD.read_bytes())
    threading.Thread(target=made.serve_forever, daemon=True).start()
    few = ["--budget-queries", "40", "--rows", "40"]
    url = f"http://127.0.0.1:{made.server_port}/v2/models/m"
    try:
        _, out, _ = run(capsys, "--url", url, *data(BAD), *few, "--json")
    finally:
        made.shutdown()
        made.server_close()
    _, over_http = measured(out)
    asked = Handler.asked
    _, out, _ = run(capsys, BAD, *data(BAD), *few, "--black-box", "--json")
    _, in_process = measured(out)
    assert over_http["robust_accuracy"]["value"] == in_process["robust_accuracy"]["value"]
    judged = asked - over_http["robust_accuracy"]["parameters"]["queries"]
    assert 0 <= judged <= 40, "what the checks asked"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server in another process; its address."""
    port = tmp_path_factory.mktemp("served") / "port"
    command = [sys.executable, "-m", "tests.models.endpoint", str(BAD), str(port)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as process:
        end = time.monotonic() + 60
        while not (port.exists() and port.read_text()):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port.read_text()}"
        process.terminate()


def asked_of(url):
    with urllib.request.urlopen(f"{url}/asked", timeout=30) as answer:
        return json.loads(answer.read())["asked"]


ROUTE = ["--body", '{"instances": "$samples", "who": "me"}', "--answer", "result.0.rows"]
FEW = ["--budget-queries", "40", "--rows", "40"]


@pytest.mark.parametrize("more", [["--eps", "0.06"], ["--labels-only", "--norm", "l2", "--eps", "0.7"]])
def test_another_process_counts_as_many_samples_as_we_say_whatever_it_speaks(served, capsys, more):
    found = []
    for given in (["--url", f"{served}/v2/models/m"], ["--url", f"{served}/predict", *ROUTE, "--shape", "1,8,8"]):
        before = asked_of(served)
        code, out, _ = run(capsys, *given, *data(BAD), *FEW, *more, "--json")
        assert code == 0
        _, numbers = measured(out)
        assert asked_of(served) - before == numbers["robust_accuracy"]["parameters"]["asked"]
        found.append(numbers["robust_accuracy"]["value"])
    _, out, _ = run(capsys, BAD, *data(BAD), *FEW, *more, "--black-box", "--json")
    numbers = measured(out)[1]
    inside = numbers["robust_accuracy"]["value"]
    assert found == [inside, inside]
    assert 0.2 <= 1 - inside / numbers["accuracy"]["value"] <= 0.8, "an eps at which agreement says something"


def test_one_sample_a_request_gives_what_a_batch_gives(served, capsys):
    found, few = [], ["--budget-queries", "20", "--rows", "10", "--eps", "0.06", "--shape", "1,8,8", "--json"]
    for body, more in (('{"instances": "$samples"}', []), ('{"instances": ["$samples"]}', ["--one-by-one"])):
        before = asked_of(served)
        given = ["--url", f"{served}/predict", "--body", body, "--answer", "result.0.rows", *more]
        code, out, _ = run(capsys, *given, *data(BAD), *few)
        assert code == 0
        asked = measured(out)[1]["robust_accuracy"]["parameters"]["asked"]
        assert asked_of(served) - before == asked
        found.append((measured(out)[1]["robust_accuracy"]["value"], asked))
    assert found[0] == found[1]


def test_points_of_a_surrogate_are_tried_with_two_queries_each(served, capsys):
    pytest.importorskip("torch", reason="the extra torch is not installed")
    given = ["--url", f"{served}/v2/models/m", *data(BAD), *FEW, "--eps", "0.05"]
    code, out, _ = run(capsys, *given, "--surrogate", BAD, "--json")
    document, own = measured(out)
    assert code == 0
    assert document["threat_model"] == "black box: transfer from a surrogate"
    assert own["robust_accuracy"]["parameters"]["queries"] <= 80
    _, out, _ = run(capsys, *given, "--surrogate", GOOD, "--json")
    other = measured(out)[1]
    assert own["robust_accuracy"]["value"] < own["accuracy"]["value"] - 0.3, "the model itself is the best surrogate"
    assert own["robust_accuracy"]["value"] <= other["robust_accuracy"]["value"]


def test_a_route_that_answers_something_else_proves_nothing(served, capsys):
    wrong = ["--body", '{"instances": "$samples"}', "--answer", "result.1.rows", "--shape", "1,8,8"]
    code, _, err = run(capsys, "--url", f"{served}/predict", *wrong, *data(BAD), *FEW)
    assert code == 3
    assert "no query was answered" in err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([BAD, *data(BAD), "--eps", "0"], 2, "eps is 0"),
        ([BAD, *data(BAD), "--eps", "eight"], 2, "write it as 0.03 or 8/255"),
        ([BAD, *data(BAD), "--divide", "0.001"], 2, "outside the box"),
        ([BAD, *data(BAD), "--label", "p0"], 2, "outside the box"),
        ([BAD, *data(BAD), "--shape", "1,9,9"], 2, "64 numbers"),
        ([BAD, *data(BAD), "--price", "cheap"], 2, "is no price"),
        (["--url", "http://127.0.0.1:9/p", "--body", "{", *data(BAD)], 2, "no JSON"),
        (["--url", "http://127.0.0.1:9/p", "--body", "[1]", *data(BAD)], 2, "one place for samples"),
        (["--data", "x.csv"], 2, "nothing, or two things, to attack"),
        (["gone.onnx", "--data", "x.csv"], 2, "No such file"),
        ([BAD, "--data", "gone.csv"], 2, "No such file"),
        ([BAD, *data(BAD), "--black-box", "--norm", "l1"], 3, "no black-box attack in L1"),
        ([BAD, *data(BAD), "--method", "warp"], 2, "fitting here: fgsm, bim, mi-fgsm, pgd"),
        ([BAD, *data(BAD), "--method", "pgd", "--black-box"], 2, "fitting here: square, nes, hopskipjump"),
        ([BAD, *data(BAD), "--method", "simba", "--norm", "linf"], 2, "moves in l2, not in linf"),
        ([BAD, *data(BAD), "--method", "transfer"], 2, "needs a surrogate"),
        ([BAD, *data(BAD), "--method", "square", "--steps", "9"], 2, "such as pgd"),
        ([BAD, *data(BAD), "--method", "ddn", "--norm", "l2", "--restarts", "2"], 2, "starts at the sample alone"),
        ([BAD, *data(BAD), "--method", "pgd", "--corruptions"], 2, "corruptions are no attack"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(arguments, code, words, capsys):
    got, _, err = run(capsys, *arguments)
    assert words in err
    assert got == code


def test_a_pickle_that_holds_no_model_is_not_attacked(capsys, tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04}\x94.")
    code, _, err = run(capsys, tmp_path / "model.pkl", *data(BAD))
    assert code == 3
    assert "no fitted classifier" in err


def test_a_pickle_that_runs_something_is_not_loaded(capsys, tmp_path):
    mark = tmp_path / "ran"
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n(S'touch " + str(mark).encode() + b"'\ntR.")
    code, _, err = run(capsys, tmp_path / "model.pkl", *data(BAD))
    assert code == 3
    assert "HBK-E-" in err
    assert not mark.exists()


CREDIT = Path(__file__).parents[2] / "examples" / "credit" / "as-written"


def test_rows_are_attacked_within_what_the_manifest_declares(capsys):
    rows = ["--data", CREDIT / "data" / "test.csv", "-m", CREDIT / "hauberk.yaml", "--rows", "30", "--eps", "0.05"]
    code, out, _ = run(capsys, CREDIT / "models" / "credit.onnx", *rows, "--budget-queries", "100", "--json")
    document, numbers = measured(out)
    assert code == 0
    assert numbers["robust_accuracy"]["value"] < numbers["accuracy"]["value"]
    assert numbers["robust_accuracy"]["parameters"]["invalid_examples"] == 0
    assert numbers["robust_accuracy"]["parameters"]["frozen"] >= 3
    assert document["attacks"][0]["queries"] > 0


def test_an_attack_on_rows_goes_on_from_its_journal_to_the_same_document(capsys, tmp_path):
    rows = ["--data", CREDIT / "data" / "test.csv", "-m", CREDIT / "hauberk.yaml", "--rows", "20", "--eps", "0.05"]
    common = [CREDIT / "models" / "credit.onnx", *rows, "--budget-queries", "60", "--json"]
    journal = tmp_path / "journal"
    _, whole, _ = run(capsys, *common)
    assert run(capsys, *common, "--resume", journal)[1] == whole
    kept = journal.read_bytes()
    for share in (0.3, 0.8):
        journal.write_bytes(kept[: int(share * len(kept))])
        assert run(capsys, *common, "--resume", journal)[1] == whole
        assert journal.read_bytes() == kept, "nothing that was answered is asked again, all else is"
    code, _, err = run(capsys, *common, "--seed", "1", "--resume", journal)
    assert (code, "model, data or options are others" in err) == (3, True)


@pytest.mark.parametrize(
    ("method", "code", "words"),
    [
        ("evolutionary", 0, "evolutionary: "),
        ("label-only", 0, "label-only: "),
        ("capgd", 3, "fitting here: label-only, evolutionary"),
        ("pgd", 2, "fitting here: capgd, evolutionary, label-only"),
    ],
)
def test_rows_are_attacked_by_one_method_too(capsys, method, code, words):
    rows = ["--data", CREDIT / "data" / "test.csv", "-m", CREDIT / "hauberk.yaml", "--rows", "20", "--eps", "0.05"]
    given = [CREDIT / "models" / "credit.onnx", *rows, "--budget-queries", "40", "--method", method]
    got, out, err = run(capsys, *given)
    assert got == code
    assert words in out + err
    assert out.count(" fell; ") == (code == 0)


def test_a_page_says_its_verdict_first_and_shows_pictures_only_where_they_are_public(capsys, tmp_path):
    common = [BAD, *data(BAD), *FEW, "--eps", "0.06", "--black-box"]
    for name, more in (("closed", []), ("open", ["--public"])):
        code, _, _ = run(capsys, *common, *more, "--html", tmp_path / f"{name}.html")
        assert code == 0
    closed, shown = ((tmp_path / f"{name}.html").read_text() for name in ("closed", "open"))
    assert closed.index("The evaluation is") < closed.index("robust_accuracy") < closed.index("queries_to_fool")
    assert "<polygon" in closed
    assert "data:image/png" not in closed
    assert closed.count("distance ") >= 1
    pictures = re.findall(r"data:image/png;base64,([^\"]+)", shown)
    assert len(pictures) >= 2
    assert b64decode(pictures[0]).startswith(b"\x89PNG")
    assert "<script" not in shown


def test_a_page_of_rows_tells_deltas_and_no_values(capsys, tmp_path):
    page = tmp_path / "rows.html"
    rows = ["--data", CREDIT / "data" / "test.csv", "-m", CREDIT / "hauberk.yaml", "--rows", "30", "--eps", "0.05"]
    run(capsys, CREDIT / "models" / "credit.onnx", *rows, "--budget-queries", "100", "--html", page)
    told = page.read_text()
    assert "another category" in told
    assert not re.search(r"\bA1?\d\d\b", told), "the codes of the German credit data"


def test_a_release_that_is_worse_than_the_last_one_fails(capsys, tmp_path):
    common = [*data(BAD), "--budget-queries", "400", "--rows", "120", "--eps", "0.05", "--black-box", "--json"]
    for name, model in (("bad", BAD), ("good", GOOD)):
        _, out, _ = run(capsys, model, *common)
        (tmp_path / f"{name}.json").write_text(out)
    assert run(capsys, GOOD, *common, "--last", tmp_path / "bad.json")[0] == 0
    assert run(capsys, GOOD, *common, "--last", tmp_path / "good.json")[0] == 0
    lower = {
        name: next(
            one["low"]
            for one in json.loads((tmp_path / f"{name}.json").read_text())["measurements"]
            if one["name"] == "robust_accuracy"
        )
        for name in ("bad", "good")
    }
    assert lower["bad"] < lower["good"]
    code, out, _ = run(capsys, BAD, *common[:-1], "--last", tmp_path / "good.json", "--may-drop", "0.001")
    assert code == 1
    assert "worse by" in out
    other = [*data(BAD), "--budget-queries", "50", "--rows", "120", "--eps", "0.05", "--black-box"]
    code, _, err = run(capsys, BAD, *other, "--last", tmp_path / "good.json")
    assert code == 2
    assert "budget" in err


def started(*arguments):
    command = [sys.executable, "-m", "hauberk", "attack", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def grown(path, least, process):
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        if path.exists() and path.stat().st_size > least:
            return
        time.sleep(0.02)
    pytest.fail("the journal did not grow")


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_attack_that_is_killed_goes_on_to_the_same_document(tmp_path, capsys, how):
    common = [GOOD, *data(GOOD), "--rows", 100, "--budget-queries", 1500, "--black-box", "--json"]
    journal = tmp_path / "journal"
    process = started(*common, "--resume", journal)
    grown(journal, 300_000, process)
    process.send_signal(how)
    process.communicate(timeout=60)
    assert process.returncode != 0
    held = journal.stat().st_size
    code, resumed, _ = run(capsys, *common, "--resume", journal)
    assert code == 0
    assert journal.stat().st_size > held
    assert run(capsys, *common)[1] == resumed


@pytest.mark.slow
@pytest.mark.parametrize("norm", ["linf", "l1"])
def test_a_white_box_attack_goes_on_after_each_of_its_stages(tmp_path, capsys, norm):
    pytest.importorskip("torch", reason="the extra torch is not installed")
    common = [BAD, *data(BAD), *QUICK, "--norm", norm, "--json"]
    journal = tmp_path / "journal"
    whole = run(capsys, *common)[1]
    assert run(capsys, *common, "--resume", journal)[1] == whole
    kept, sizes, at = journal.read_bytes(), [], 25 + 32
    while at < len(kept):
        at += 4 + int.from_bytes(kept[at : at + 4], "big") + 32
        sizes.append(at)
    assert len(sizes) >= 3
    for size in (sizes[0], sizes[-3], sizes[-1]):
        journal.write_bytes(kept[: size - (size == sizes[-1])])
        assert run(capsys, *common, "--resume", journal)[1] == whole
        assert journal.read_bytes() == kept


def test_a_journal_of_other_options_or_of_nothing_is_refused(tmp_path, capsys):
    common = [GOOD, *data(GOOD), "--rows", 20, "--budget-queries", 40, "--black-box", "--json"]
    journal = tmp_path / "journal"
    assert run(capsys, *common, "--resume", journal)[0] == 0
    code, _, err = run(capsys, *common, "--seed", 1, "--resume", journal)
    assert code == 3
    assert "model, data or options are others" in err
    journal.write_bytes(b"\x80\x04" * 99)
    code, _, err = run(capsys, *common, "--resume", journal)
    assert code == 3
    assert "not the journal of an attack" in err


def test_a_model_of_bytes_is_attacked_by_a_few_edits_in_whole_numbers(tmp_path, capsys):
    (tmp_path / "model.onnx").write_bytes(whole(8))
    rng = np.random.default_rng(0)
    table = rng.integers(0, 200, (40, 8))
    lines = [",".join([*(f"b{one}" for one in range(8)), "kind"])]
    lines += [",".join(map(str, [*row, row.argmax()])) for row in table]
    (tmp_path / "bytes.csv").write_text("\n".join(lines))
    common = [tmp_path / "model.onnx", "--data", tmp_path / "bytes.csv", "--box", "0,255", "--json"]
    code, out, _ = run(capsys, *common, "--norm", "l0", "--eps", 2, "--budget-queries", 100, "--at-least", "0.5")
    document, numbers = measured(out)
    assert code == 1
    assert document["threat_model"] == "black box: scores"
    assert document["why"] == "no slopes are used in L0"
    assert numbers["robust_accuracy"]["value"] < 0.2
    for one in document["examples"]:
        assert 1 <= one["changed"] <= 2
        assert all(float(delta["by"]).is_integer() for delta in one["deltas"])
    shares = [share for _, share, _, _ in document["by_queries"]]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == numbers["robust_accuracy"]["value"]
    code, _, err = run(capsys, *common)
    assert code == 3
    assert "--norm l0" in err
    code, _, err = run(capsys, *common, "--norm", "l0")
    assert code == 2
    assert "--eps 16" in err


def test_a_pt2_file_is_not_looked_at_and_that_is_said(tmp_path, capsys):
    (tmp_path / "m.pt2").write_bytes(b"PK\x03\x04")
    (tmp_path / "d.csv").write_text("a,label\n1,0\n")
    assert execute(["attack", str(tmp_path / "m.pt2"), "--data", str(tmp_path / "d.csv"), "--eps", "0.1"]) == 3
    assert "export it to ONNX" in capsys.readouterr().err


DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "as-written"


@pytest.mark.slow
def test_the_same_black_box_attack_does_alike_on_torch_onnx_and_http(tmp_path, capsys, monkeypatch):
    pytest.importorskip("torch", reason="the extra torch is not installed")
    monkeypatch.chdir(DIGITS)
    port, weights = tmp_path / "port", DIGITS / "models" / "digits.safetensors"
    common = ["--data", DIGITS / "data" / "test.csv.gz", "--rows", 100, "--eps", 0.15, "--budget-queries", 60, "--json"]
    onnx = DIGITS / "models" / "digits.onnx"
    torch_ = [weights, "--allow-factory", "network:network", "--shape", "1,28,28", "--black-box"]
    command = [sys.executable, "-m", "tests.models.endpoint", str(onnx), str(port)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as process:
        end = time.monotonic() + 60
        while not (port.exists() and port.read_text()):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        address = f"http://127.0.0.1:{port.read_text()}"
        found = {}
        for name, given in (
            ("torch", torch_), ("onnx", [onnx, "--black-box"]), ("http", ["--url", f"{address}/v2/models/m"])
        ):  # fmt: skip
            code, out, err = run(capsys, *given, *common)
            assert code == 0, err
            found[name] = measured(out)[1]
        counted = asked_of(address)
        process.terminate()
    success = {name: 1 - one["robust_accuracy"]["value"] / one["accuracy"]["value"] for name, one in found.items()}
    assert max(success.values()) - min(success.values()) <= 0.01
    assert all(0.2 <= one <= 0.8 for one in success.values()), "where agreement says something"
    assert counted == found["http"]["robust_accuracy"]["parameters"]["asked"], "what the other process counted"
