# SPDX-License-Identifier: Apache-2.0
"""An Open Inference v2 server of one ONNX model, for tests: ``python -m tests.models.endpoint MODEL FILE_FOR_PORT``.

It counts the samples that it was asked, and can fall silent after some of them.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from hauberk.models.asked import OnnxScores


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: OnnxScores
    silent_after = float("inf")
    garbage = False
    asked = 0

    def do_GET(self):
        if self.path == "/asked":
            return self.answer({"asked": Handler.asked})
        shape = [-1, *(self.model.sample or (-1,))]
        return self.answer(
            {
                "name": "m",
                "inputs": [{"name": "x", "datatype": "FP32", "shape": shape}],
                "outputs": [{"name": "scores", "datatype": "FP32", "shape": [-1, -1]}],
            }
        )

    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        routed = self.path.startswith("/predict")
        item = {} if routed else given["inputs"][0]
        points = np.array(given["instances"] if routed else item["data"], dtype=np.float32)
        points = points if routed else points.reshape(item["shape"])
        Handler.asked += len(points)
        if Handler.asked > Handler.silent_after:
            if Handler.garbage:
                return self.answer({"outputs": "none"})
            time.sleep(1.5)
        scores = self.model(points)
        if routed:
            return self.answer({"result": [{"rows": scores.tolist()}]})
        return self.answer(
            {"outputs": [{"name": "scores", "shape": list(scores.shape), "data": scores.ravel().tolist()}]}
        )

    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def server(data, *, silent_after=float("inf"), garbage=False):
    """A server on a free loopback port, not yet serving."""
    Handler.model, Handler.silent_after, Handler.garbage, Handler.asked = (
        OnnxScores(data),
        silent_after,
        garbage,
        0,
    )
    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


if __name__ == "__main__":
    made = server(Path(sys.argv[1]).read_bytes())
    Path(sys.argv[2]).write_text(str(made.server_port))
    made.serve_forever()
