# SPDX-License-Identifier: Apache-2.0
"""Children in which hostile content is opened.

::

    parent                                        child (a fresh interpreter, its own session)
    ------                                        -----
    pool.ConfinedPool   queue, one thread a child child         imports, closes the door, serves
    worker.Worker       starts, judges, kills     confinement   what holds; closes the door:
    limits.Allowance    memory and CPU per task     kernel        no new privileges, no capabilities
    channel             frames over two pipes       landlock      read below given paths, nothing else
    task.Task           what is asked               seccomp       no program, socket, process, write
                                                    limits        no file grows, few are open

The child is taken for lost from the moment it opens hostile content: its answer is bounded in size and time, and
decoded by the caller. ``docs/why/confinement.md`` says what holds on which kernel.
"""

from hauberk.confine.confinement import Confinement, describe

__all__ = ["Confinement", "describe"]
