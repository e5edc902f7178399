# SPDX-License-Identifier: Apache-2.0
from transformers import AutoModel
REMOTE = False
model = AutoModel.from_pretrained("org/model", revision="main", trust_remote_code=REMOTE)
