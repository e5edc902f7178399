# SPDX-License-Identifier: Apache-2.0
"""What is late ends, and nothing else does."""

import asyncio

import pytest

from hauberk.guard.late import Late


def run(wanted):
    return asyncio.run(wanted())


def test_what_is_late_ends_and_what_is_in_time_does_not():
    async def work():
        late, loop = Late(0.1), asyncio.get_running_loop()

        async def wait(seconds):
            with late:
                await asyncio.sleep(seconds)
            await asyncio.sleep(0.15)  # after the wait nothing ends it
            return "done"

        start = loop.time()
        found = await asyncio.gather(*map(wait, (0.0, 5.0, 0.05, 6.0)), return_exceptions=True)
        assert [type(one) for one in found] == [str, TimeoutError, str, TimeoutError]
        assert loop.time() - start < 2
        with late:  # it looks again after a time without waits
            await asyncio.sleep(0)
        with pytest.raises(TimeoutError), late:
            await asyncio.sleep(5)

    run(work)


def test_who_is_cancelled_by_somebody_else_is_cancelled():
    async def work():
        late = Late(10)

        async def wait():
            with late:
                await asyncio.sleep(5)

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(work)


def test_an_error_within_the_time_is_that_error():
    async def work():
        async def fail():
            with Late(1):
                await asyncio.sleep(0)
                raise KeyError

        with pytest.raises(KeyError):
            await fail()

    run(work)
