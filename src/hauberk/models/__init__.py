# SPDX-License-Identifier: Apache-2.0
"""Opens and calls a model whose format carries no code, inside a child that is already confined.

``onnx_rule`` says whether a file may be loaded, ``session`` (a seam) loads it, ``model`` gives it the columns of a
table and returns labels and scores, ``trial`` puts a model and its declared data sets side by side.
"""
