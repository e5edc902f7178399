# SPDX-License-Identifier: Apache-2.0
"""Writes the samples of HBK-MOD-004 and the names that Keras registers. Run by hand where keras and torch are installed."""

import importlib
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402  the backend is chosen before

HERE = Path(__file__).parent
NAMES = HERE.parent / "src" / "hauberk" / "analysis" / "keras_names.txt"
LOADERS = {"Lambda", "get", "deserialize", "serialize", "load_model", "save_model", "clone_model", "model_from_json"}
OLDER = """BatchNormalizationV1 BatchNormalizationV2 CompileLossWrapper CuDNNGRU CuDNNLSTM DTypePolicy FloatDTypePolicy GRUV2 GetItem
InputSpec KerasTensor LSTMV2 ListWrapper LossFunctionWrapper LossScaleOptimizer MeanMetricWrapper ModuleWrapper Operation Policy
SeedGenerator SlicingOpLambda TFOpLambda TensorShape __tuple__ acc accuracy ce crossentropy cosine_similarity"""


def call_back(x):
    import os

    os.system("echo a callback")
    return x


def samples() -> None:
    for quality in ("bad", "good"):
        folder = HERE / "HBK-MOD-004" / quality
        folder.mkdir(parents=True, exist_ok=True)
        last = keras.layers.Lambda(call_back) if quality == "bad" else keras.layers.Dropout(0.1)
        dense = keras.layers.Dense(2, activation="relu", kernel_regularizer="l2")
        model = keras.Sequential([keras.Input((3,)), dense, last, keras.layers.Dense(1)])
        model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        for suffix in ("keras", "h5"):
            model.save(folder / f"{'lambda' if quality == 'bad' else 'dense'}.{suffix}")


def names() -> None:
    found = set(OLDER.split())
    for name in ("layers", "losses", "metrics", "optimizers", "optimizers.schedules", "initializers", "regularizers", "constraints",
                 "activations", "models", "dtype_policies", "random", "quantizers"):
        module = importlib.import_module(f"keras.{name}")
        found |= {one for one in dir(module) if not one.startswith("_") and callable(getattr(module, one))}
        if "." not in name:
            found |= set(getattr(importlib.import_module(f"keras.src.{name}"), "ALL_OBJECTS_DICT", {}))
    found |= {one for one in dir(keras) if not one.startswith("_") and callable(getattr(keras, one))}
    NAMES.write_text("\n".join(sorted(found - LOADERS)) + "\n")


if __name__ == "__main__":
    samples()
    names()
