"""Starting, stopping and falling over (Must show 1)."""

from __future__ import annotations

import os
import signal
import socket

import httpx
from stack import Stack, free_pair, processes, until

from backend.demo.client import Client, key
from backend.demo.traffic import CLAIM

SECOND_START_SECONDS = 15
OPENID = "o_demo_0003"


async def claim(stack: Stack) -> str:
    """A coupon in the hand of a demo member; its code."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        client = Client(stack.url, "chuanwei", http)
        await client.log_in_consumer(stack.standin_url, OPENID)
        drop = (await client.run("{ couponCentre { claimable { id } } }"))["couponCentre"]["claimable"][0]["id"]
        coupon = (
            await client.run(
                CLAIM.replace("{ __typename }", "{ __typename ... on Coupon { code } }"),
                i={"dropId": drop, "idempotencyKey": key()},
            )
        )["claimCoupon"]
        assert coupon["__typename"] == "Coupon", coupon
        return str(coupon["code"])


async def held(stack: Stack) -> set[str]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        client = Client(stack.url, "chuanwei", http)
        await client.log_in_consumer(stack.standin_url, OPENID)
        found = await client.run("{ benefitAccount { coupons(first: 50) { nodes { code } } } }")
        return {coupon["code"] for coupon in found["benefitAccount"]["coupons"]["nodes"]}


async def test_starts_again_with_its_data(installation: Stack) -> None:
    """X02, X03: the second start keeps the data and takes less than 15 s; a stop leaves no process; kill -9 of everything
    loses nothing that was answered."""
    stack = installation.start()
    print(f"first start {stack.ready_seconds:.1f} s")
    codes = {await claim(stack)}
    assert stack.stop() == 0, stack.log()
    until(30, lambda: not processes(str(stack.data)), "no process is left")
    assert not (stack.data / "servers.json").exists()

    stack.start()
    print(f"second start {stack.ready_seconds:.1f} s")
    assert stack.ready_seconds < SECOND_START_SECONDS
    assert await held(stack) == codes
    codes.add(await claim(stack))
    stack.kill()

    stack.start()
    print(f"start after kill -9 {stack.ready_seconds:.1f} s")
    assert await held(stack) == codes
    stack.holds()
    assert stack.stop() == 0
    until(30, lambda: not processes(str(stack.data)), "no process is left")


def test_a_port_in_use_ends_with_one_clear_line(installation: Stack) -> None:
    """X02: exit 2, one line that says what to do, nothing left behind."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        done = installation.run("up", "--no-frontends")
    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and str(installation.port) in lines[0] and "SHUHUI_PORT" in lines[0], done.stderr
    assert not processes(str(installation.data))


def test_a_second_up_on_the_same_data_is_refused(stack: Stack) -> None:
    """X02: two runs never share a data folder; the first one is not disturbed."""
    other = Stack(stack.data, free_pair())
    done = other.run("up", "--no-frontends")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert httpx.get(f"{stack.url}/readyz", timeout=5, trust_env=False).status_code == 200
    assert stack.servers()


def test_commands_without_servers_say_so(installation: Stack) -> None:
    """X02: a command that needs a running product ends with one clear line."""
    done = installation.run("verify-ledger")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and "make up" in done.stderr, done.stderr


def test_ctrl_c_is_a_clean_stop(installation: Stack) -> None:
    """X02: Ctrl-C (SIGINT to the group, as a terminal sends it) ends with 0 and leaves nothing."""
    installation.demo = False
    stack = installation.start()
    assert stack.process is not None
    os.killpg(stack.process.pid, signal.SIGINT)
    assert stack.process.wait(40) == 0, stack.log()
    until(30, lambda: not processes(str(stack.data)), "no process is left")
    assert "Traceback" not in stack.output.read_text()
