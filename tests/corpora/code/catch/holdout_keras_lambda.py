# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
from tensorflow.keras.models import load_model
model = load_model("net.keras", custom_objects=None, compile=False, safe_mode=False)
