# SPDX-License-Identifier: Apache-2.0
"""Never call pickle.load(f), eval(x) or os.system(cmd) here."""
MESSAGE = "use pickle.load(path) with care; subprocess.run(cmd, shell=True)"
