"""Requests that are odd and meant well, and what they get: paths, methods, credentials, manners."""

from pathlib import Path

from tests.e2e.raw import AUTH, CHAT, ask, calling, head, post
from tests.e2e.rig import SECRET, Rig, doubles, manifest, running

BODY = ask()


async def test_clients_settings_lead_to_these_paths_too(tmp_path: Path) -> None:
    paths = ["/chat/completions", "//v1//chat/completions", "/v1/v1/chat/completions", "/v1/v1/v1/chat/completions"]
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for path in (*paths, f"{CHAT}?api-version=1", "/v1/chat%2Fcompletions"):
            assert (await caller.ask(post(BODY, path=path))).status == 200, path


async def test_what_is_not_there_is_404_with_or_without_a_token(tmp_path: Path) -> None:
    paths = ["/admin", "/.git/config", "/v1/../admin", "/v1/embeddings/%00", "/v2/chat/completions", "/v1", "/x?y=/v1"]
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for path in (*paths, f"{CHAT}/x", "/%0d%0aset-cookie:%20a=b", "/" + "a" * 3000):
            for line in (f"{AUTH}\r\n", ""):
                answer = await caller.ask(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n{line}\r\n".encode())
                assert (answer.status, answer.error["code"]) == (404, "unknown_url"), path
                assert "set-cookie" not in answer.headers
                assert len(answer.body) < 1000


async def test_head_has_no_body_and_options_asks_for_no_token(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for path in ("/", "/healthz", "/v1/models"):
            await caller.send(head(request=f"HEAD {path} HTTP/1.1"))
            answer = await caller.answer(bodiless=True)
            assert (answer.status, int(answer.headers["content-length"]) > 0) == (200, True)
        asked = "access-control-request-headers: authorization, x-stainless-os"
        options = await caller.ask(f"OPTIONS {CHAT} HTTP/1.1\r\nhost: localhost\r\n{asked}\r\n\r\n".encode())
        assert (options.status, options.headers["access-control-allow-origin"]) == (204, "*")
        assert options.headers["access-control-allow-headers"] == "authorization, x-stainless-os"
        await caller.send(head(request=f"HEAD {CHAT} HTTP/1.1"))
        refused = await caller.answer(bodiless=True)
        assert (refused.status, await caller.rest()) == (405, b"")


async def test_a_bearer_that_is_wrong_is_not_mended_by_another_header(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        answer = await caller.ask(post(BODY, "authorization: Bearer nobody", f"x-api-key: {SECRET}", secret=None))
        assert answer.status == 401


async def test_a_caller_may_wait_for_100_continue(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        await caller.send(head(f"content-length: {len(BODY)}", "expect: 100-continue"))
        assert await caller.head() == (100, {})
        assert (await caller.ask(BODY)).status == 200
