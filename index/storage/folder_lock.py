"""Lock a data folder, so that one process at a time uses it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import DataError, InUseError

__all__ = ["FolderLock"]

log = logging.getLogger(__name__)


class FolderLock:
    """The lock that lets one process at a time use a data folder.

    The folder itself is locked, too: a deleted lock file does not let a second process in.

    Raises:
        InUseError: another process uses the folder.
        DataError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder_descriptor: int | None = None
        # Not thread-local: any thread may close the library.
        self._file_lock = FileLock(folder / "lock", timeout=0, thread_local=False)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file_lock.acquire()
            self._lock_directory(folder)
            (folder / "pid").write_text(str(os.getpid()))
        except (Timeout, BlockingIOError) as error:
            self.release()
            raise InUseError(
                f"The data folder {folder} is in use by another process"
                f"{_describe_lock_holder(folder)}. Close that one, or choose another "
                "folder with --data or ARTICLE_ASSISTANT_DATA."
            ) from error
        except OSError as error:
            self.release()
            raise DataError(
                f"The data folder {folder} cannot be written ({error.strerror}). "
                "Choose another with --data or ARTICLE_ASSISTANT_DATA."
            ) from error

    def _lock_directory(self, folder: Path) -> None:
        try:
            import fcntl
        except ImportError:  # Windows, which does not delete a file that is open
            return
        self._folder_descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(self._folder_descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError as error:  # some network file systems lock no folders
            log.warning("%s cannot be locked (%s); only its lock file is.", folder, error)

    def release(self) -> None:
        """Let other processes use the folder."""
        if self._folder_descriptor is not None:
            os.close(self._folder_descriptor)
            self._folder_descriptor = None
        self._file_lock.release()


def _describe_lock_holder(folder: Path) -> str:
    try:
        return f" (number {int((folder / 'pid').read_text())})"
    except (OSError, ValueError):
        return ""
