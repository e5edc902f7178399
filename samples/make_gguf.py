# SPDX-License-Identifier: Apache-2.0
"""Writes the samples of HBK-MOD-006. Run by hand where gguf is installed."""

import json
from pathlib import Path

import numpy as np
from gguf import GGUFWriter

HERE = Path(__file__).parent / "HBK-MOD-006"
TEMPLATES = {
    "good": "{% for message in messages %}{{ '<|' + message['role'] + '|>' }}{{ message['content'] | trim }}{{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
    "bad": "{% for message in messages %}{{ message.__class__.__mro__[1].__subclasses__() }}{% endfor %}",
}

if __name__ == "__main__":
    for quality, template in TEMPLATES.items():
        folder = HERE / quality
        folder.mkdir(parents=True, exist_ok=True)
        writer = GGUFWriter(folder / "model.gguf", "llama")
        writer.add_chat_template(template)
        writer.add_token_list(["a", "b"])
        writer.add_block_count(1)
        writer.add_tensor("w", np.arange(7, dtype=np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        content = {"tokenizer_class": "X", "chat_template": template}
        (folder / "tokenizer_config.json").write_text(json.dumps(content, indent=1) + "\n")
