import json
import os
import stat
from pathlib import Path

import pytest

from local.data import Data, DataError, open_data, write_private

TAKEN = 1_795_000_000.25


def quiet(_: str) -> None:
    pass


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return open_data(tmp_path / "data", url="http://127.0.0.1:1", say=quiet)


def stop_uncleanly(data: Data, *, taken: float | None) -> None:
    folder = data.folder / "emulator"
    folder.mkdir(exist_ok=True)
    (folder / "running").touch()
    if taken is not None:
        (folder / "snapshot.json").write_text(json.dumps({"taken": taken, "services": {}}))


def test_clean_stop_needs_no_fence(data: Data) -> None:
    assert data.pending_fence() is None
    assert data.epoch() == 0


def test_unclean_stop_raises_the_epoch_and_looks_back_before_the_last_snapshot(data: Data) -> None:
    stop_uncleanly(data, taken=TAKEN)
    fence = data.pending_fence()
    assert fence is not None
    assert (fence.epoch, fence.since) == (1, "2026-11-18T11:06:35.250Z")
    assert data.epoch() == 1


def test_killed_before_the_first_snapshot_looks_back_to_the_beginning(data: Data) -> None:
    stop_uncleanly(data, taken=None)
    fence = data.pending_fence()
    assert fence is not None
    assert fence.since == "1970-01-01T00:00:00.000Z"


def test_fence_that_was_never_set_keeps_its_start_when_killed_again(data: Data) -> None:
    stop_uncleanly(data, taken=TAKEN)
    first = data.pending_fence()
    stop_uncleanly(data, taken=TAKEN + 600)
    second = data.pending_fence()
    assert first is not None
    assert second is not None
    assert second.epoch == first.epoch + 1
    assert second.since == first.since


def test_fence_that_was_never_set_is_due_also_after_a_clean_stop(data: Data) -> None:
    stop_uncleanly(data, taken=TAKEN)
    first = data.pending_fence()
    (data.folder / "emulator" / "running").unlink()
    assert data.pending_fence() == first


def test_fence_that_was_set_is_not_set_again(data: Data) -> None:
    stop_uncleanly(data, taken=TAKEN)
    data.pending_fence()
    data.fence_is_set()
    (data.folder / "emulator" / "running").unlink()
    assert data.pending_fence() is None
    assert data.epoch() == 1


def test_second_run_on_the_same_data_is_told_what_to_do(data: Data) -> None:
    with pytest.raises(DataError, match=r"already runs on .*DATA=\.local-2/ PORT=8081"):
        open_data(data.folder, url="http://127.0.0.1:2", say=quiet)


def test_data_that_was_closed_can_be_opened_again(data: Data) -> None:
    data.close()
    open_data(data.folder, url="http://127.0.0.1:2", say=quiet).close()


def test_unusable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"DATA=.*file"):
        open_data(tmp_path / "file", url="", say=quiet)


def test_remembered_values_are_made_once(data: Data) -> None:
    values = iter((7, 8))
    assert data.remembered("port", lambda: next(values)) == 7
    assert data.remembered("port", lambda: next(values)) == 7


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        write_private(tmp_path / "access.json", {"api_key": "tdg_x"})
    finally:
        os.umask(previous)
    mode = stat.S_IMODE((tmp_path / "access.json").stat().st_mode)
    assert mode == 0o600
    assert json.loads((tmp_path / "access.json").read_text()) == {"api_key": "tdg_x"}
