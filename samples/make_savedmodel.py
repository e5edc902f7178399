# SPDX-License-Identifier: Apache-2.0
"""Writes the samples of HBK-MOD-005. Run by hand where tensorflow is installed."""

import shutil
import tempfile
from pathlib import Path

import tensorflow as tf

HERE = Path(__file__).parent / "HBK-MOD-005"


class Double(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def predict(self, x):
        return x * 2.0


class CallBack(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def predict(self, x):
        return tf.numpy_function(lambda y: y, [x], tf.float32)


class Write(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def predict(self, x):
        tf.io.write_file("/tmp/hauberk-sample", "written")
        return x


def save(module: tf.Module, quality: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder)
        target = HERE / quality / name
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(folder) / "saved_model.pb", target / "saved_model.pb")


if __name__ == "__main__":
    save(Double(), "good", "double")
    save(CallBack(), "bad", "python")
    save(Write(), "bad", "writes")
