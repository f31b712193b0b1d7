"""Serves the built front ends: /console (web/) and /m (miniapp/, H5). While one is being built, says so."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.(js|css|woff2?|png|svg)$")
WAITING = """<!doctype html><html lang=zh><meta charset=utf-8><meta http-equiv=refresh content=5><link rel=icon href="data:,"><title>蜀惠</title>
<body style="font:16px/1.7 system-ui,'Noto Sans SC',sans-serif;display:grid;place-items:center;height:90vh;margin:0;color:#333;text-align:center">
<div><p style="font-size:22px">界面正在构建，请稍候…</p><p style="color:#888">首次启动约需几分钟，本页每 5 秒自动刷新。接口 /graphql 已经可用。<br>进度见启动窗口；若提示失败，请按那里的说明处理。</p></div>"""


class FrontEnd(StaticFiles):
    """A single-page application in a folder that may not exist yet. Deep links get index.html, missing assets 404."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        super().__init__(directory=folder, html=True, check_dir=False)

    async def check_config(self) -> None:
        """The folder may come later; `get_response` looks each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if not (self._folder / "index.html").exists():
            return HTMLResponse(WAITING, 503, headers={"Retry-After": "5", "Cache-Control": "no-store"})
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or "." in path.rsplit("/", 1)[-1]:
                raise
            response = await super().get_response("index.html", scope)
        immutable = HASHED.search(path) and "/css/" not in f"/{path}"  # Taro does not hash the names of its css files
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
        return response
