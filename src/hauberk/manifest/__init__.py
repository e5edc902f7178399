# SPDX-License-Identifier: Apache-2.0
"""From ``hauberk.yaml`` to a System.

``tree`` turns bytes into a bounded tree of YAML nodes, ``convert`` turns nodes into values of core.system, ``refer``
checks what the names in them point to, and ``load`` puts the three together, so that one reading reports every fault.
``forms`` holds the textual forms (a digest, a region, a path) that the loader and the published schema share;
``schema`` writes that schema. ``discover`` goes the other way: from a repository to a first manifest.
"""
