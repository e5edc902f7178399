# SPDX-License-Identifier: Apache-2.0
"""Detectors at run time: fitted on held-in data, calibrated to a stated rate of false alarms, chosen for each model.

``outlier`` scores how far an input lies from what the model was trained on; ``choose`` picks the score for one model
with in-distribution data alone; ``calibrate`` turns a score into a threshold with a rate. ``stream`` bets on a client's
scores, ``campaign`` links queries that search. numpy only.
"""
