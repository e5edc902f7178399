# SPDX-License-Identifier: Apache-2.0
import re
def matcher(words):
    return re.compile("|".join(map(re.escape, words)))
