# SPDX-License-Identifier: Apache-2.0
import yaml
from yaml import CSafeLoader
with open("config.yaml") as f:
    config = yaml.load(f, CSafeLoader)
docs = list(yaml.safe_load_all(open("all.yaml")))
