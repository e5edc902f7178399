# SPDX-License-Identifier: Apache-2.0
"""HDF5 files of h5py 3 that take content from other files, and files that do not."""

import base64
import zlib
from pathlib import Path

import pytest
from tests.analysis.attacks import zipped
from tests.checks.trial import on_files, outcomes

from hauberk.assets import hdf5_external
from hauberk.checks.model.keras_config import keras_config
from hauberk.core.content import Content

SAMPLES = Path(__file__).parents[2] / "samples" / "HBK-MOD-004"
WRITTEN = {
    "a link": (
        "c-rgqaB<`1lHy|K;9!7(|4^_Q$~S=0Q$xeL{XJZQm>4RUgpd`&02dPjBLf4Q2m=EnhXZ2{F9Sn<Nk(dsUWO@yemMh!0|UiiMpz#!0JcyhIR"
    ),
    "a link of an old group": (
        "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvf3Yby(F!=;1%?PDCp!5nRm^ceqP68?}05x9$YF+?TJS51~71?}rdq%;?1|F`C;G_}("
        "<#Ryk6HKV;VCgV`O7=3rQ!e(D$pv%?Ba(VHsCq^Y2gV#;28R5SjMO5%3{wXEa<Di6RYW|j"
    ),
    "storage": (
        "c-rgqaB<`1lHy|K;9!7(|4{Iq5yCfsiZ9I(_4W5~31VWXU=l)B2m@S93_vYxJPbgJv3xVkJP!t{fr&TX`GcJRw182Bfq{vU"
        "k&y)|2cwxq7#IZ=<e_{825}As@p>SO73ex<E_Mx|P6n_G8TLax$bn{y0F>qc`jVLu<~x`uLkq*806z^Fcs*Pl13+vEs2J2k"
        "4EGsP)#jIEq!#HVW#&Qo0PFNMRR"
    ),
    "storage of an old file": (
        "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvfHn5`dVe$!3nh{EOK<O1sFmXn(oCH){5NbZUx{x4OSCH!eXaHtU1`CAdU>F4>5qP*d"
        "27u@YC?A$ePcWgXD@RL@9u(Tk$iN0MixI|$q+~`$hyXNM!f9rpJV-`RK^`imz#z`SAYKoZX9cEUkUSF;6W9QD1`RNu5t>&F"
        "aHMmXe>tG`Gc&?+hya?(2)e|B1X?%;u%N2TFUd$P(o4$BgYtv@{9Qo)gZWE=c{ELv0{}JHI|T"
    ),
    "a virtual dataset": (
        "c-rgqaB<`1lHy|K;9!7(|4_gn0pS}!#T`34+5J6Sf|wX8n1qlO!T=W&10w?i8xI4JVl3MXGtYy8YM`w|?GD%pirz<Avym|a"
        "Bclid0}~@7BMVe5jAj;LU=&o4hw>E|#5owm>wzp*plg}AIrxAonHiwIX9N*j7=|P$e#KY9FbYP&C>RB!U=$Do+@1Y>z?Gf="
        "QUwSEb}$7nf&7w;)FQnMQ-*Q|W+Y({U;<ULATcIJs1`<GW&3iWh80510{+pk9tERd6pVsVFbYP&C>RB!U=)mkQ7{Sy3IG6t"
        "s56K"
    ),
}


@pytest.mark.parametrize("label", WRITTEN)
def test_what_lies_in_another_file_is_found(label, tmp_path):
    data = zlib.decompress(base64.b85decode(WRITTEN[label]))
    files = {"m.h5": data, "m.keras": zipped({"config.json": b"{}", "model.weights.h5": data})}
    evidence = on_files(keras_config, tmp_path, files)
    assert outcomes(evidence) == {"found"}
    assert len(evidence) == len(files)


@pytest.mark.parametrize("name", ["bad/lambda.h5", "good/dense.h5"])
def test_a_file_that_holds_all_of_its_own_refers_to_none(name):
    assert not list(hdf5_external.references(Content.of((SAMPLES / name).read_bytes())))


@pytest.mark.timeout(10)
def test_many_beginnings_of_a_link_cost_no_more_than_reading_them():
    head = (SAMPLES / "good" / "dense.h5").read_bytes()[:96]
    assert not list(hdf5_external.references(Content.of(head + b"\x01\x08\x40" * (2 << 20))))


def test_numbers_that_look_like_a_message_are_none():
    head = (SAMPLES / "good" / "dense.h5").read_bytes()[:96]
    numbers = b"\x01\0\0\0\x01\0\x01\0" * 50 + b"\x01\x08\x40\x02ab\x01\0" * 50 + b"\4\3" * 50
    assert not list(hdf5_external.references(Content.of(head + numbers)))
