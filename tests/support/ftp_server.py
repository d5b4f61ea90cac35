"""vsftpd, for anybody who signs in as ``anonymous``, and rclone's FTP server for a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.server_programs import free_port, program, running


@contextmanager
def vsftpd(folder: Path, work: Path, **more: str) -> Iterator[int]:
    """Serves `folder` as the user that runs the tests; gives the port."""
    port = free_port()
    settings = {
        "listen": "YES", "listen_address": "127.0.0.1", "listen_port": str(port),
        "run_as_launching_user": "YES", "background": "NO", "anonymous_enable": "YES", "local_enable": "NO",
        "write_enable": "YES", "anon_upload_enable": "YES", "anon_mkdir_write_enable": "YES",
        "anon_other_write_enable": "YES", "anon_world_readable_only": "NO", "anon_umask": "022",
        "anon_root": str(folder), "allow_writeable_chroot": "YES", "seccomp_sandbox": "NO",
        "xferlog_enable": "NO", "hide_ids": "YES", "utf8_filesystem": "YES",
        "vsftpd_log_file": str(work / "vsftpd.log"), "secure_chroot_dir": str(work / "empty"), **more,
    }  # fmt: skip
    (work / "empty").mkdir(parents=True, exist_ok=True)
    file = work / "vsftpd.conf"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    file.chmod(0o600)
    with running([program("vsftpd", "vsftpd"), str(file)], port, work / "log"):
        yield port
