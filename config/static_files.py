"""Styles and scripts of `make run`, which come straight from the source tree, where people edit them."""

import os
from email.utils import formatdate

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import StaticFile


class SourceTree(ServeStaticMiddleware):
    """Looks at a file's length and date before it is sent: the library keeps those of the start, and a wrong length breaks the response.

    In production files never change under a running process. What is added to the tree is found at the next start.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = self.files.get(request.path_info)
        if isinstance(found, StaticFile):
            self._look_again(request.path_info, found)
        response: HttpResponseBase = await super().__call__(request)
        return response

    def _look_again(self, url: str, found: StaticFile) -> None:
        path, headers = found.get_path_and_headers({})
        known = dict(headers)
        try:
            now = os.stat(path)
        except FileNotFoundError:
            del self.files[url]
            return
        if (known["Content-Length"], known["Last-Modified"]) != (
            str(now.st_size),
            formatdate(now.st_mtime, usegmt=True),
        ):
            self.files[url] = self.get_static_file(path, url)
