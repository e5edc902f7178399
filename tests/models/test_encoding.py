# SPDX-License-Identifier: Apache-2.0
import numpy as np

from hauberk.models.encoding import encode

TEXT = np.dtypes.StringDType()


def test_values_of_text_become_a_flag_each_but_one_where_all_are_frequent():
    cells = np.array(["a"] * 20 + ["b"] * 15 + ["c"] * 12, dtype=TEXT)
    flags = encode(cells, None)
    assert flags.shape == (47, 2)
    assert flags.sum(axis=0).tolist() == [20, 15]


def test_rare_values_share_the_row_without_a_flag():
    cells = np.array(["a"] * 20 + ["b"] * 15 + ["rare"] * 3, dtype=TEXT)
    assert encode(cells, None).sum(axis=0).tolist() == [20, 15]


def test_numbers_are_standardised_and_their_fifths_told_apart():
    numbers = np.arange(100.0)
    block = encode(numbers.astype(str).astype(TEXT), numbers)
    assert abs(block[:, 0].mean()) < 1e-12
    assert abs(block[:, 0].std() - 1) < 1e-12
    assert block[:, 1:].sum() == 80


def test_an_absent_number_is_the_mean_and_told_apart():
    numbers = np.where(np.arange(100) < 30, np.nan, np.arange(100.0))
    cells = np.array(["" if np.isnan(one) else str(one) for one in numbers], dtype=TEXT)
    block = encode(cells, numbers)
    assert (block[:30, 0] == 0).all()
    assert len(np.unique(block[:30, 1:], axis=0)) == 1
    assert not (block[30:, 1:] == block[0, 1:]).all(axis=1).any()


def test_what_is_learnt_comes_from_the_rows_named_alone():
    numbers = np.concatenate((np.arange(50.0), np.full(50, 1e9)))
    cells = numbers.astype(str).astype(TEXT)
    alone = encode(cells[:50], numbers[:50])
    assert (encode(cells, numbers, np.arange(50))[:50] == alone).all()


def test_a_column_that_says_nothing_has_no_width():
    assert encode(np.array([""] * 20, dtype=TEXT), np.full(20, np.nan)).shape == (20, 0)
    assert encode(np.array(["same"] * 20, dtype=TEXT), None).shape == (20, 0)
