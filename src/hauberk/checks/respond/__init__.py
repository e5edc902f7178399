# SPDX-License-Identifier: Apache-2.0
"""Rules on response: incidents that are open, and detections that nobody hears of."""
