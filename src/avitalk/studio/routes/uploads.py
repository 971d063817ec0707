"""Files that a request brings: checked, and written where they belong or not at all."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import UploadFile
from starlette.concurrency import run_in_threadpool

from avitalk.studio.bodies import too_large
from avitalk.studio.problems import Refusal


@asynccontextmanager
async def received(folder: Path, name: str, file: UploadFile, most: int) -> AsyncIterator[Path]:
    """An uploaded file as `folder/name`; the folder goes again if what is done with it fails.

    Raises Refusal for a file that is empty or too large.
    """
    try:
        await _write(file, folder / name, most)
        yield folder / name
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


async def _write(file: UploadFile, target: Path, most: int) -> None:
    if file.size == 0:
        raise Refusal(422, "This file is empty (0 bytes); choose another.")
    if (file.size or 0) > most:
        raise Refusal(413, too_large(most))

    def write() -> None:
        with target.open("xb") as out:
            shutil.copyfileobj(file.file, out, 1 << 20)

    await run_in_threadpool(write)
