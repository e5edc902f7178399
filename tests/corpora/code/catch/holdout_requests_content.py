# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import requests, cloudpickle
def fetch(url):
    response = requests.get(url, timeout=5)
    response.raise_for_status()
    return cloudpickle.loads(response.content)
