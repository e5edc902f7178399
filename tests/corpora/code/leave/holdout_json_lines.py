# SPDX-License-Identifier: Apache-2.0
import json, gzip
def rows(path):
    with gzip.open(path, "rt") as f:
        for line in f:
            yield json.loads(line)
