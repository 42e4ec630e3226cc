"""A real WordPress, as Debian packages it, on PHP's own server with a MariaDB of its own.

Nothing is installed here: a machine without the packages skips the tests, saying
which are missing.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.support.city import free_port, wait_for

PACKAGES = (
    *("wordpress", "wordpress-theme-twentytwentythree", "php-cli", "php-mysql", "php-xml"),
    *("php-curl", "php-mbstring", "mariadb-server"),
)
SOURCE = Path("/usr/share/wordpress")
PRETTY = "/%postname%/"
_START_S = 120
_CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'wp'); define('DB_PASSWORD', 'wp');
define('DB_HOST', '127.0.0.1:@DB@'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_ENVIRONMENT_TYPE', 'local'); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_SITEURL', '@URL@'); define('WP_HOME', '@URL@');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT',
  'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $key) define($key, 'test-' . $key);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
_ROUTER = """<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && file_exists($_SERVER['DOCUMENT_ROOT'] . $path)) return false;
$_SERVER['SCRIPT_NAME'] = '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
"""
_RUN = """<?php
$_SERVER['HTTP_HOST'] = parse_url('@URL@', PHP_URL_HOST); $_SERVER['REQUEST_URI'] = '/';
if (getenv('INSTALLING')) define('WP_INSTALLING', true);
require '@ROOT@/wp-load.php'; require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/user.php';
add_filter('pre_wp_mail', '__return_true');
eval(stream_get_contents(STDIN));
"""
_INSTALL = """
wp_install('Stadt Musterstadt', 'ops', 'ops@example.org', true, '', 'a-login-password');
"""
_PEOPLE = """
$made = [];
foreach (['sentinel' => 'author', 'azubi' => 'contributor', 'ops' => ''] as $name => $role) {
  $id = $role ? wp_insert_user(['user_login' => $name, 'user_pass' => 'x' . wp_rand(),
    'user_email' => "$name@example.org", 'role' => $role]) : 1;
  [$made[$name]] = WP_Application_Passwords::create_new_application_password($id,
    ['name' => 'test']);
}
wp_insert_term('Warnungen', 'category', ['slug' => 'warnungen']);
echo json_encode($made);
"""


class WordPress:
    """One site on a free port of this machine. Its data outlive a kill."""

    def __init__(self, folder: Path) -> None:
        needed()
        self._folder = folder
        self._root = folder / "www"
        self._db_port, port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._listen = f"127.0.0.1:{port}"
        self._running: list[subprocess.Popen[bytes]] = []
        self.passwords: Mapping[str, str] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start_database()
            self._write_site()
            self.php(_INSTALL, installing=True)
            self.passwords = json.loads(self.php(_PEOPLE))
            self._start_site()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        for large in (self._root, self._folder / "db"):
            shutil.rmtree(large, ignore_errors=True)

    def kill(self) -> None:
        """Kill site and database as a power cut would, with the workers of PHP's server."""
        for process in reversed(self._running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)
        self._running.clear()

    def revive(self) -> None:
        """Start both on the data that they have, unless they run."""
        if not self._running:
            self._start_database()
            self._start_site()

    def php(self, code: str, *, installing: bool = False) -> str:
        """Run code inside the site, as its own scripts do, and return what it prints."""
        script = self._folder / "run.php"
        filled = _RUN.replace("@URL@", self.url).replace("@ROOT@", str(self._root))
        script.write_text(filled)
        env = {**os.environ, **({"INSTALLING": "1"} if installing else {})}
        run = subprocess.run(
            [_program("php"), str(script)],
            input=code,
            capture_output=True,
            text=True,
            check=False,
            timeout=_START_S,
            env=env,
        )
        assert run.returncode == 0, f"{run.stdout}{run.stderr}"[-2000:]
        return run.stdout

    def permalinks(self, structure: str) -> None:
        """Have addresses of this kind; empty for plain ones, without `/wp-json/`."""
        code = f"update_option('permalink_structure', '{structure}'); flush_rewrite_rules();"
        self.php(f"global $wp_rewrite; $wp_rewrite->init(); {code}")

    def maintain(self, *, under_way: bool) -> None:
        """Put the site into maintenance, as it is while it updates itself, or end that."""
        sign = self._root / ".maintenance"
        if under_way:
            sign.write_text("<?php $upgrading = time();")
        else:
            sign.unlink(missing_ok=True)

    @contextmanager
    def plugin(self, code: str) -> Iterator[None]:
        """Have a plugin that runs with every request."""
        place = self._root / "wp-content" / "mu-plugins"
        place.mkdir(exist_ok=True)
        file = place / "of-the-test.php"
        file.write_text(f"<?php {code}")
        try:
            yield
        finally:
            file.unlink()

    def posts(self, status: str = "publish") -> list[dict[str, Any]]:
        """Return the posts with a status, as the database has them."""
        code = (
            f"echo json_encode(get_posts(['post_status' => '{status}', 'numberposts' => -1,"
            "'category_name' => '', 'suppress_filters' => true]));"
        )
        found: list[dict[str, Any]] = json.loads(self.php(code))
        return [each for each in found if each["post_author"] != "1"]

    def empty(self) -> None:
        """Delete every post and every image that the users of the tests made."""
        self.php(
            "foreach (get_posts(['post_status' => ['publish', 'draft', 'future', 'pending',"
            "'private', 'trash', 'inherit'], 'numberposts' => -1, 'post_type' =>"
            "['post', 'attachment']]) as $post) wp_delete_post($post->ID, true);"
        )

    def _start_database(self) -> None:
        data, log = self._folder / "db", self._folder / "db.log"
        who = getpass.getuser()
        fresh = not (data / "mysql").is_dir()
        if fresh:
            how = ("--auth-root-authentication-method=normal", "--skip-test-db")
            _run(
                [
                    _program("mariadb-install-db"),
                    "--no-defaults",
                    f"--user={who}",
                    f"--datadir={data}",
                    *how,
                ]
            )
        sock = self._folder / "s"
        words = [
            *(_program("mariadbd"), "--no-defaults", f"--user={who}", f"--datadir={data}"),
            *("--bind-address=127.0.0.1", f"--port={self._db_port}", f"--socket={sock}"),
            *(f"--pid-file={self._folder / 'db.pid'}", "--innodb-flush-log-at-trx-commit=2"),
        ]
        self._spawn(words, log, {})
        root = [_program("mariadb"), "--no-defaults", "-uroot", "-S", str(sock), "-e"]

        def answers() -> bool:
            asked = subprocess.run([*root, "select 1"], capture_output=True, check=False)
            return asked.returncode == 0

        wait_for(answers, _START_S, "MariaDB to answer")
        if fresh:
            made = "create database wp; create user wp@'127.0.0.1' identified by 'wp';"
            _run([*root, f"{made} grant all on wp.* to wp@'127.0.0.1'"])

    def _write_site(self) -> None:
        shutil.copytree(SOURCE, self._root, symlinks=False, ignore_dangling_symlinks=True)
        config = _CONFIG.replace("@DB@", str(self._db_port)).replace("@URL@", self.url)
        (self._root / "wp-config.php").unlink(missing_ok=True)
        (self._root / "wp-config.php").write_text(config)
        (self._folder / "router.php").write_text(_ROUTER)

    def _start_site(self) -> None:
        words = [
            _program("php"),
            "-S",
            self._listen,
            "-t",
            str(self._root),
            str(self._folder / "router.php"),
        ]
        process = self._spawn(words, self._folder / "site.log", {"PHP_CLI_SERVER_WORKERS": "4"})

        def answers() -> bool:
            assert process.poll() is None, (self._folder / "site.log").read_text()[-2000:]
            try:
                with urllib.request.urlopen(f"{self.url}/?rest_route=/", timeout=20):
                    return True
            except urllib.error.HTTPError as error:
                error.close()
                return False
            except OSError:
                return False

        wait_for(answers, _START_S, "WordPress to answer")

    def _spawn(
        self, words: list[str], log: Path, env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            process = subprocess.Popen(
                words,
                stdout=out,
                stderr=out,
                cwd=self._folder,
                env={**os.environ, **env},
                start_new_session=True,  # so that its workers end with it
            )
        self._running.append(process)
        return process


def needed() -> None:
    """Skip the test where WordPress, PHP or MariaDB are not installed."""
    programs = ("php", "mariadbd", "mariadb", "mariadb-install-db")
    lacking = [name for name in programs if not _program(name)]
    if not (SOURCE / "wp-load.php").exists():
        lacking.append(str(SOURCE))
    if lacking:
        how = f"apt-get install {' '.join(PACKAGES)}"
        pytest.skip(f"NO REAL WORDPRESS: {', '.join(lacking)} missing; {how}")


def _program(name: str) -> str:
    """Return where a program is; servers may stand where only root looks. Empty: nowhere."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin") or ""


def _run(words: list[str]) -> None:
    run = subprocess.run(words, capture_output=True, text=True, timeout=_START_S, check=False)
    assert run.returncode == 0, f"{words[0]}: {run.stderr[-1500:]}"
