"""What runs: everything at once, or one process; the database and the demo merchants."""

from __future__ import annotations

import asyncio
import sys

import click

from backend.commands.running import read_settings, run, with_servers


@click.command()
@click.option("--no-frontends", is_flag=True, help="Do not build the console and the H5 mini-program.")
@click.option("--no-demo", is_flag=True, help="Do not make the demo merchants.")
def up(no_frontends: bool, no_demo: bool) -> None:
    """Starts everything on this machine, and keeps it running."""
    from backend.up import up as run_up  # noqa: PLC0415

    sys.exit(run_up(read_settings(), build_front_ends=not no_frontends, with_demo=not no_demo))


@click.command()
def api() -> None:
    """Serves GraphQL, the hooks and the front ends."""
    import uvicorn  # noqa: PLC0415

    settings = read_settings()
    uvicorn.run(
        "backend.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.api_processes,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=256 * 1024,  # as much as a body over HTTP
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,  # longer than the web front keeps a connection (60 s), so that it never writes to a closed one
        proxy_headers=settings.production,
    )


@click.command()
@click.option(
    "--only",
    "parts",
    multiple=True,
    type=click.Choice(["relay", "messages", "schedules"]),
    help="Only these parts; all by default.",
)
def worker(parts: tuple[str, ...]) -> None:
    """Runs the relay, messages and schedules."""
    from workers.main import PARTS, run  # noqa: PLC0415

    settings = read_settings()
    if not settings.redis_url or not settings.database_url:
        raise click.ClickException("DATABASE_URL and REDIS_URL are needed")
    asyncio.run(run(settings, parts or PARTS))


@click.command()
def standin() -> None:
    """Runs the stand-ins of WeChat and WeChat Pay (never in production)."""
    import uvicorn  # noqa: PLC0415

    from backend.connectors.standin import create_standin  # noqa: PLC0415

    settings = read_settings()
    if not settings.standin:
        raise click.ClickException("SHUHUI_STANDIN is off")
    uvicorn.run(
        create_standin(settings), host="127.0.0.1", port=settings.standin_port, log_level="warning", access_log=False
    )


@click.command()
def migrate() -> None:
    """Brings the database to the newest schema, as the owner of its tables (DATABASE_OWNER_URL)."""
    from backend.kit.migrate import migrate as run_migrations  # noqa: PLC0415

    settings = with_servers()
    if settings.production and not settings.database_owner_url:
        click.echo(
            "shuhui: 生产环境的迁移要用表的所有者登录：请设置 DATABASE_OWNER_URL；DATABASE_URL 是应用自己的角色，迁移时按需创建并授权",
            err=True,
        )
        sys.exit(2)
    asyncio.run(run_migrations(settings.owner_url, settings.database_url))
    click.echo("数据库已是最新")


@click.command()
def seed() -> None:
    """Makes the demo merchants that are missing."""
    settings = with_servers()

    async def work() -> int:
        from backend.demo.seed import seed as run_seed  # noqa: PLC0415
        from backend.kit import database  # noqa: PLC0415

        await database.connect(settings.database_url)
        try:
            new = await run_seed(settings, click.echo)
        finally:
            await database.disconnect()
        click.echo(f"新建商户：{'、'.join(new) or '无'}")
        return 0

    run(work())


@click.command("demo-traffic")
@click.option("--merchant", default="chuanwei", show_default=True, help="Code of the merchant.")
@click.option("--per-minute", default=30, show_default=True, type=click.IntRange(1, 6000), help="Orders a minute.")
@click.option("--minutes", default=0.0, show_default=True, help="How long; 0 = until Ctrl-C.")
def demo_traffic(merchant: str, per_minute: int, minutes: float) -> None:
    """A scripted shopper: claims, buys and pays through the public API, so that the dashboard moves."""
    from backend.demo.traffic import traffic  # noqa: PLC0415

    run(traffic(read_settings(), merchant, per_minute, minutes))


COMMANDS = (up, api, worker, standin, migrate, seed, demo_traffic)
