"""Files of the libraries and our own: compressed once, and kept by the browser."""

import gzip
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import Any

from bokeh.embed.bundle import extension_dirs
from bokeh.server.views.multi_root_static_handler import MultiRootStaticHandler
from bokeh.server.views.static_handler import StaticHandler
from tornado.web import StaticFileHandler

from assets.files import path

TEXTS = frozenset({".js", ".css", ".json", ".svg"})
YEAR, HOUR = 31_536_000, 3_600
OWN = r"(wall\.js|logo\.svg)"


@lru_cache(maxsize=256)
def packed(file: str, changed: int) -> bytes:
    """The file, compressed; read anew when it was `changed` (nanoseconds)."""
    return gzip.compress(Path(file).read_bytes(), 6, mtime=0)


class _Kept(StaticFileHandler):
    """Sends a text that was compressed once: compressing 5 MB of scripts takes a fifth of a second."""

    async def get(self, path: str, include_body: bool = True) -> None:
        """Tornado's: send the file of that path below the root."""
        name = Path(path)
        if name.suffix not in TEXTS or "gzip" not in self.request.headers.get("Accept-Encoding", ""):
            return await super().get(path, include_body)
        self.path = self.parse_url_path(path)
        found = self.validate_absolute_path(self.root, self.get_absolute_path(self.root, self.path))
        if found is None:
            return None
        self.absolute_path = found
        self.modified = self.get_modified_time()
        self.set_headers()
        self.set_header("Content-Encoding", "gzip")
        self.set_header("Vary", "Accept-Encoding")
        if self.should_return_304():
            self.set_status(304)
            return None
        body = packed(found, Path(found).stat().st_mtime_ns)
        self.set_header("Content-Length", len(body))
        if include_body:
            self.finish(body)
        return None

    def get_content_type(self) -> str:
        """Tornado's; ours knows no charset but UTF-8."""
        return mimetypes.guess_type(self.path)[0] or super().get_content_type()

    def get_cache_time(self, path: str, modified: Any, mime_type: str) -> int:
        """Tornado's: seconds for which a browser need not ask again. A version in the address is a year's."""
        return YEAR if self.request.query else HOUR


class Library(_Kept, StaticHandler):
    """BokehJS."""


class Extension(_Kept, MultiRootStaticHandler):
    """Panel's and panel-material-ui's files."""


class Own(_Kept):
    """The few files of ours that a page names."""


ROUTES: list[tuple[Any, ...]] = [
    (r"/static/extensions/(.*)", Extension, {"root": extension_dirs}),
    (r"/static/(.*)", Library),
    (rf"/assets/{OWN}", Own, {"path": str(path("wall.js").parent)}),
]


def address(name: str) -> str:
    """The address of one of our own files, with its version."""
    return f"assets/{name}?v={StaticFileHandler.get_content_version(str(path(name)))[:16]}"
