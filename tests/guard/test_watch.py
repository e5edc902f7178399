# SPDX-License-Identifier: Apache-2.0
"""Detectors behind a real socket: what each sees, what each action does to the answer, and that it holds everywhere."""

import contextlib
import dataclasses
import json
import time

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.assets.table import Table
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.event import Action, Detection
from hauberk.core.query import Interface, Line, Port, Query, Tensor
from hauberk.core.system import Detecting, Facts
from hauberk.detect.contract import Column, Contract, breaches
from hauberk.detect.fitted import pack, unpack
from hauberk.detect.layout import Block, Single, cells, matrix
from hauberk.guard import terms
from hauberk.guard.chain import Chain
from hauberk.guard.learn import learn
from hauberk.guard.settings import Rate
from hauberk.guard.slots import CLIENTS, Slots
from hauberk.guard.standing import Quarantine, Standing
from hauberk.guard.state import State
from hauberk.guard.watch.adversarial import Adversarial
from hauberk.guard.watch.contract import Kept
from hauberk.guard.watch.opened import detectors
from hauberk.guard.watch.sight import Sight
from hauberk.models.trial import Sheet

from .served import BODY, ROW, Echo, served

WORLD = Interface(
    inputs=(
        Port(name="income", datatype="FP32", shape=(-1, 1)),
        Port(name="debt", datatype="FP32", shape=(-1, 1)),
        Port(name="age", datatype="INT64", shape=(-1, 1)),
        Port(name="purpose", datatype="BYTES", shape=(-1, 1)),
    ),
    outputs=(Port(name="probabilities", datatype="FP32", shape=(-1, 2)),),
)


def _rows(count, seed):
    chance = np.random.default_rng(seed)
    income = chance.normal(3000, 500, count)
    return {
        "income": income,
        "debt": income * chance.uniform(0.1, 0.9, count),
        "age": chance.integers(20, 70, count),
        "purpose": chance.choice(["car", "house", "school"], count),
    }


def _sheet(name, count, seed):
    rows = _rows(count, seed)
    cells = {column: np.array([str(cell) for cell in values]) for column, values in rows.items()}
    cells["good"] = np.array(["1" if debt < 1500 else "0" for debt in rows["debt"]])
    return Sheet(id=name, uri="", table=Table(names=tuple(cells), n=count, values=cells), facts=Facts(label="good"))


def _answer(inputs):
    debts = np.asarray(inputs[1].data)
    good = 1 / (1 + np.exp((debts - 1500) / 100))
    shares = np.stack([1 - good, good], axis=1)
    return (Tensor(name="probabilities", datatype="FP32", shape=shares.shape, data=shares.ravel().tolist()),)


LESSON = learn(WORLD, _answer, _sheet("train", 500, 1), _sheet("test", 500, 2), key=b"k" * 32)


def _inputs(**cells):
    return tuple(
        Tensor(name=port.name, datatype=port.datatype, shape=(1, 1), data=[cells[port.name]]) for port in WORLD.inputs
    )


def _query(client="c", **cells):
    inputs = _inputs(**{"income": 3000.0, "debt": 1000.0, "age": 40, "purpose": "car", **cells})
    return Query(event="", at=0.0, client=client, endpoint="e", inputs=inputs, rows=1, answer=_answer(inputs))


def _chain(folder, **actions):
    return Chain(detectors=tuple(detectors(Detecting(**actions), LESSON.contract, Sight(LESSON.fitted), folder, "t")))


def _seen(chain, query):
    found = chain.after(query, chain.before(query))
    assert not found.failed
    return {one.detector for one in found.detections}


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.integers(-3, 3) | st.floats(-3, 3)), min_size=1, max_size=60), st.booleans()
)
def test_the_quick_look_of_the_contract_says_what_the_slow_one_says(rows, split):
    columns = (
        Column(name="a", kind="number", low=-2.5, high=2.5),
        Column(name="b", kind="integer", low=None, high=2.0),
    )
    contract = Contract(rows=100, columns=columns)
    blocks = (
        (Block(input="a", width=1, columns=("a",)), Block(input="b", width=1, columns=("b",)))
        if split
        else (Block(input="ab", width=2, columns=("a", "b")),)
    )
    count = len(rows)
    a, b = ([row[at] for row in rows] for at in range(2))
    inputs = (
        (_numbers("a", (count, 1), a), _numbers("b", (count, 1), b))
        if split
        else (_numbers("ab", (count, 2), [cell for row in rows for cell in row]),)
    )
    query = Query(event="", at=0.0, client="c", endpoint="e", inputs=inputs, rows=count)
    found = Kept(contract, blocks, Action.ALLOW).score(query)
    assert (found is not None) == any(breaches(contract, cells(inputs, blocks)))


@given(st.lists(st.floats(-3, 3) | st.integers(-3, 3), min_size=4, max_size=4), st.booleans())
def test_a_row_at_hand_is_seen_as_one_that_is_not(row, known):
    columns = (
        Column(name="d", kind="number", low=-2.5, high=2.5),
        Column(name="b", kind="integer", low=None, high=2.0),
        Column(name="a", kind="integer", low=-1.0, high=None),
    )
    contract = Contract(rows=100, columns=tuple(sorted(columns, key=lambda one: one.name)))
    blocks = tuple(Block(input=name, width=1, columns=(name,)) for name in "dbac")
    inputs = tuple(_numbers(name, (1, 1), [cell]) for name, cell in zip("dbac", row, strict=True))
    line = Line(list("dbac"), row)
    query = Query(event="", at=0.0, client="c", endpoint="e", inputs=inputs, rows=1, line=line if known else None)
    slow = list(breaches(contract, cells(inputs, blocks)))
    found = Kept(contract, blocks, Action.ALLOW).score(query)
    assert (found.note if found else "") == ", ".join(f"{one.column}: {one.why}" for one in slow)
    assert Single(blocks)(query) == (row if known else None)
    assert np.array_equal(matrix(inputs, blocks), [row])


def test_what_breaks_a_wide_input_is_named_as_cell_by_cell():
    kinds = [("number", None, 2.0), ("integer", -3.0, None), ("integer", -1.0, 1.0)]
    columns = [
        Column(name=f"c{at:03}", kind=kinds[at % 3][0], low=kinds[at % 3][1], high=kinds[at % 3][2]) for at in range(60)
    ]
    contract = Contract(rows=100, columns=tuple(columns))
    blocks = (Block(input="x", width=60, columns=tuple(one.name for one in columns)),)
    chance = np.random.default_rng(6)
    for spread in (0.1, 1.0, 4.0):
        cells_ = np.where(chance.random(180) < 0.7, np.rint(spread * chance.normal(size=180)), chance.normal(size=180))
        inputs = (_numbers("x", (3, 60), cells_.tolist()),)
        query = Query(event="", at=0.0, client="c", endpoint="e", inputs=inputs, rows=3)
        found = Kept(contract, blocks, Action.ALLOW).score(query)
        slow = list(breaches(contract, cells(inputs, blocks)))
        assert found.score == len(slow)
        assert found.note == ", ".join(f"{one.column}: {one.why}" for one in slow[:5])


def _numbers(name, shape, data):
    return Tensor(name=name, datatype="FP64", shape=shape, data=data)


def test_what_is_learned_tells_no_row_and_survives_its_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    state = State(root=tmp_path / ".hauberk")
    state.make()
    told = terms.put(state, LESSON.fitted)
    found = terms.get(state, told)
    held = Sight(found).held(_query())
    assert np.allclose(found.strangeness()(held), LESSON.fitted.strangeness()(held))
    sealed = terms.path_of(state, told).read_bytes()
    assert LESSON.fitted.near.rows.tobytes()[:64] not in sealed
    assert b"income" not in sealed
    terms.path_of(state, told).chmod(0o600)
    terms.path_of(state, told).write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(CannotLook, match="not what"):
        terms.get(state, told)
    with pytest.raises(Misuse, match="not below"):
        terms.get(state, "sha256:" + "0" * 64)


def test_a_packed_file_is_the_same_again_and_other_bytes_are_refused():
    assert pack(unpack(pack(LESSON.fitted))) == pack(LESSON.fitted)
    for bad in (b"", b"PK\3\4", pack(LESSON.fitted)[:1000]):
        with pytest.raises(CannotLook):
            unpack(bad)


@pytest.mark.parametrize(
    ("given_cells", "expected"),
    [
        ({}, set()),
        ({"age": 300}, {"contract"}),
        ({"purpose": "yacht"}, {"contract"}),
        ({"debt": 3000.0, "income": 2900.0}, {"contract"}),
    ],
    ids=["an ordinary row", "an age of 300", "a purpose that nobody had", "more debt than income"],
)
def test_the_contract_names_what_is_broken(tmp_path, given_cells, expected):
    assert expected <= _seen(_chain(tmp_path), _query(**given_cells))
    if not expected:
        assert _seen(_chain(tmp_path), _query(**given_cells)) == set()


def test_a_search_is_seen_across_accounts_and_workers(tmp_path):
    workers = [_chain(tmp_path, extraction="off") for _ in range(2)]
    chance = np.random.default_rng(3)
    seen = [
        _seen(workers[at % 2], _query(f"account-{at}", debt=1490.0 + float(chance.normal()), income=3000.0 + at / 10))
        for at in range(40)
    ]
    assert any("campaign" in one for one in seen)


def test_a_stream_from_elsewhere_is_seen_in_any_worker_and_others_are_left_alone(tmp_path):
    workers = [
        _chain(tmp_path, campaign="off", contract="off", distribution="off", adversarial="off") for _ in range(2)
    ]
    chance = np.random.default_rng(4)
    thief = [
        _seen(
            workers[at % 2], _query("thief", debt=float(chance.uniform(0, 1e4)), income=float(chance.uniform(0, 2e4)))
        )
        for at in range(300)
    ]
    assert {"extraction"} in thief
    rows = _rows(300, 9)
    honest = [
        _seen(workers[at % 2], _query("honest", **{name: rows[name][at].item() for name in rows})) for at in range(300)
    ]
    assert not any(honest)


def _strange(chance):
    return {"debt": float(chance.uniform(0, 1e4)), "income": float(chance.uniform(0, 2e4))}


def test_a_thief_who_was_seen_is_seen_at_each_row_and_not_only_at_new_ones(tmp_path):
    chain, chance = _chain(tmp_path, contract="off", distribution="off", adversarial="off"), np.random.default_rng(4)
    first, second = [], []
    for _ in range(100):
        query = _query("thief", **_strange(chance))
        first.append("extraction" in _seen(chain, query))
        second.append("extraction" in _seen(chain, msgspec.structs.replace(query, cache={})))
    assert first[-1]
    assert second[first.index(True) :] == [True] * (100 - first.index(True))


def test_a_strange_row_that_is_asked_again_and_again_is_one_piece_of_evidence(tmp_path):
    chain = _chain(tmp_path, contract="off", distribution="off", adversarial="off")
    strange = _strange(np.random.default_rng(4))
    assert not any("extraction" in _seen(chain, _query("retrying", **strange)) for _ in range(100))
    (tmp_path / "alone").mkdir()
    alone = _chain(tmp_path / "alone", campaign="off", contract="off", distribution="off", adversarial="off")
    assert any(_seen(alone, _query("retrying", **strange)) for _ in range(100)), "without a memory each would count"


def test_faint_noise_all_over_a_row_is_seen_by_how_many_cells_it_moves(tmp_path):
    query = _query(income=4e4, debt=3e4)
    held = Sight(LESSON.fitted)
    share = float(held.fitted.edges.beyond(held.rows(query))[0])
    assert 0 < share <= 1
    for from_, expected in ((share, {"adversarial"}), (share + 0.01, set())):
        fitted = dataclasses.replace(LESSON.fitted, strays_from=from_, disagrees_from=np.inf, distant_from=np.inf)
        chain = Chain(detectors=(Adversarial(Sight(fitted), Action.ALLOW),))
        assert _seen(chain, _query(income=4e4, debt=3e4)) == expected


class _Sees:
    """A detector that always sees something."""

    id, seconds = "sees", 1.0

    def __init__(self, action, *, after=True, column=None):
        self.action, self.after, self.column = action, after, column

    def score(self, query):
        if self.column is not None and query.inputs[0].data[0] < self.column:
            return None
        return Detection(detector="sees", score=2.0, threshold=1.0, action=self.action)


BAD = json.dumps({**ROW, "amount": 150.0}).encode()


@pytest.mark.parametrize(
    ("action", "status", "shares"),
    [
        (Action.ALLOW, 200, [0.25, 0.75]),
        (Action.ROUND, 200, [0.2, 0.8]),
        (Action.TOP, 200, [0.0, 0.75]),
        (Action.LABEL, 200, None),
        (Action.THROTTLE, 429, None),
        (Action.HOLD, 202, None),
        (Action.BLOCK, 403, None),
        (Action.QUARANTINE, 403, None),
        (Action.STOP, 403, None),
        (Action.FALL_BACK, 403, None),
    ],
)
@pytest.mark.parametrize("after", [True, False])
def test_each_action_does_what_it_says_and_names_no_detector(tmp_path, action, status, shares, after):
    with served(tmp_path, chain=Chain(detectors=(_Sees(action, after=after),))) as guard:
        answer = guard.ask(BAD)
        assert answer[0] == status
        assert "sees" not in json.dumps(answer[1])
        if status == 200:
            assert answer[1]["label"] == "bad"
            assert answer[1].get("probabilities") == shares
        if status in (403, 429):
            assert set(answer[1]) == {"error", "event"}
            assert answer[1]["error"] == "this request was not answered"
        assert guard.state.stop.exists() == (action is Action.STOP)


def test_noise_is_the_same_when_asked_again_and_another_for_another_row(tmp_path):
    with served(tmp_path, chain=Chain(detectors=(_Sees(Action.NOISE),))) as guard:
        answers = [guard.ask(BAD)[1]["probabilities"] for _ in range(5)]
        other = guard.ask(json.dumps({**ROW, "amount": 151.0}).encode())[1]["probabilities"]
        assert all(one == answers[0] for one in answers), "averaging tells nothing"
        assert answers[0] != [0.25, 0.75]
        assert answers[0] != other
        assert answers[0].index(max(answers[0])) == 1, "the label stays"
        assert abs(sum(answers[0]) - 1) < 1e-9


def test_a_client_in_quarantine_gets_nothing_until_somebody_lets_it_out(tmp_path):
    (tmp_path / ".hauberk").mkdir()
    standing = Standing(tmp_path / ".hauberk" / "standing")
    chain = Chain(detectors=(Quarantine(standing), _Sees(Action.QUARANTINE, column=100)))
    with served(tmp_path, chain=chain) as guard:
        assert guard.ask()[0] == 200
        assert guard.ask(BAD)[0] == 403
        assert guard.ask()[0] == 403, "also what is ordinary"
        elsewhere = Standing(tmp_path / ".hauberk" / "standing")
        assert elsewhere.is_quarantined("branch"), "another process knows"
        assert elsewhere.release("branch")
        assert guard.ask()[0] == 200


def test_a_throttled_client_is_slowed_down(tmp_path):
    chain = Chain(detectors=(_Sees(Action.THROTTLE, column=100),))
    with served(tmp_path, chain=chain, rate=Rate(count=40, seconds=3600)) as guard:
        assert [guard.ask()[0] for _ in range(10)] == [200] * 10
        assert guard.ask(BAD)[0] == 429
        assert [guard.ask()[0] for _ in range(8)][4:] == [429] * 4


def test_a_fall_back_answers_in_the_models_place(tmp_path):
    class Second(Echo):
        async def infer(self, inputs, plain, seconds):
            first = await super().infer(inputs, plain, seconds)
            return (Tensor(name="label", datatype="BYTES", shape=(1,), data=["careful"]), first[1])

    chain = Chain(detectors=(_Sees(Action.FALL_BACK, column=100),))
    with served(tmp_path, chain=chain, second=Second()) as guard:
        assert guard.ask(BODY)[1]["label"] == "good"
        assert guard.ask(BAD)[1]["label"] == "careful"


def test_a_full_table_forgets_the_idle_and_never_the_others(tmp_path):
    slots, kept = Slots(tmp_path / "table", 1, lambda row: row[0] == 0.0), 0
    for at in range(2 * CLIENTS):
        try:
            with slots.of(f"client-{at}") as row:
                row[0] = 1.0
        except CannotLook:
            break
        kept += 1
    assert CLIENTS // 2 < kept < 2 * CLIENTS, "full at last, and said so"
    assert slots.seen("client-0")[0] == 1.0
    assert Slots(tmp_path / "table", 1, lambda _: False).seen("client-0")[0] == 1.0, "another process knows"


def test_what_another_process_writes_or_takes_away_is_seen_at_once(tmp_path):
    one, other = (Slots(tmp_path / "table", 1, lambda row: row[0] < 2.0) for _ in range(2))
    assert one.seen("client")[0] == 0.0
    with other.of("client") as row:
        row[0] = 1.0
    assert one.seen("client")[0] == 1.0
    for at in range(2 * CLIENTS):
        with contextlib.suppress(CannotLook), other.of(f"client-{at}") as row:
            row[0] = 2.0
    assert one.seen("client")[0] == 0.0, "its place went to somebody else"


@pytest.mark.slow
def test_a_flag_that_is_allowed_cannot_be_told_by_status_body_or_time(tmp_path):
    """Two samples of 600 latencies each, in turns; a shift of half a standard deviation would be seen with power > 0.99."""
    chain = Chain(detectors=(_Sees(Action.ALLOW, column=100, after=False),))
    plain = json.dumps({**ROW, "amount": 99.0}).encode()
    flagged = json.dumps({**ROW, "amount": 100.0}).encode()
    times, shapes = {plain: [], flagged: []}, {plain: set(), flagged: set()}
    with served(tmp_path, chain=chain) as guard:
        for turn in range(1200):
            body = (plain, flagged)[turn % 2]
            begun = time.perf_counter()
            status, answer = guard.ask(body)
            times[body].append(time.perf_counter() - begun)
            shapes[body].add((status, tuple(sorted(answer)), type(answer["probabilities"][0])))
        assert guard.counters.totals()["detections"] == 600
    assert shapes[plain] == shapes[flagged]
    ranks = np.argsort(np.argsort(times[plain] + times[flagged]))
    z = (ranks[:600].mean() - ranks[600:].mean()) / (1200 * np.sqrt(1 / 12 * (1 / 600 + 1 / 600)))
    assert abs(z) < 4.0, "Mann-Whitney: p > 6e-5"
