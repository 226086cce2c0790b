"""The console in the browser: with its own files, and without any."""

import shutil
from pathlib import Path

import pytest

from tests.transport.browsers import browsing, eventually
from tests.transport.conftest import Serve, build
from tests.transport.live_servers import NODE_CLIENTS, serving
from transport.graphiql.assets import ASSETS, integrity_of
from transport.options import ExampleTab, GraphiQLOptions, TransportOptions

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
EXAMPLES = (
    ExampleTab(title="Me", query="query Me { me hello }"),
    ExampleTab(title="Ticks", query="subscription Ticks { ticks(count: 3) { number } }"),
    ExampleTab(
        title="Late", query="query Late { listings(first: 1) { edges { node { id ... @defer { slowReviews } } } } }"
    ),
)


def options(assets: Path | None = None, *, allow_cdn: bool = False) -> TransportOptions:
    page = GraphiQLOptions(
        title="Market", examples=EXAMPLES, assets_dir=str(assets) if assets else None, allow_cdn=allow_cdn
    )
    return TransportOptions.development(graphiql=page)


async def test_a_browser_gets_the_page_and_every_other_client_json(serve: Serve) -> None:
    client = serve(options())
    page = await client.get("/graphql", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Market</title>" in page.text
    assert (await client.get("/graphql?query={hello}")).json()["data"] == {"hello": "world"}
    assert (await client.get("/graphql?query={hello}", headers={"accept": "*/*"})).json()["data"] == {"hello": "world"}


async def test_without_files_and_cdn_the_page_asks_for_nothing_elsewhere(serve: Serve) -> None:
    page = await serve(options()).get("/graphql", headers=BROWSER)
    assert "https://" not in page.text
    assert "unpkg" not in page.headers["content-security-policy"]


async def test_files_from_the_cdn_are_pinned_by_hash(serve: Serve) -> None:
    page = await serve(options(allow_cdn=True)).get("/graphql", headers=BROWSER)
    for asset in ASSETS:
        assert asset.cdn_url in page.text
        assert asset.integrity in page.text
    assert "script-src 'self' https://unpkg.com" in page.headers["content-security-policy"]


async def test_a_changed_file_of_the_data_folder_is_never_served(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "react.js").write_text("alert(1)")
    client = serve(options(tmp_path))
    assert (await client.get("/graphql?asset=react.js")).status_code == 404
    assert (await client.get("/graphql?asset=../../etc/passwd")).status_code == 404
    assert (await client.get("/graphql?asset=page.js")).status_code == 200


async def test_examples_cannot_break_out_of_the_page(serve: Serve) -> None:
    page = GraphiQLOptions(title="<b>", examples=(ExampleTab(title="x", query="</script><script>alert(1)</script>"),))
    response = await serve(TransportOptions.development(graphiql=page)).get("/graphql", headers=BROWSER)
    assert "alert(1)</script>" not in response.text
    assert "<title>&lt;b&gt;</title>" in response.text


async def test_the_plain_box_runs_queries_subscriptions_and_deferred_parts(tmp_path: Path) -> None:
    async with serving(build(options())) as port, browsing(f"http://127.0.0.1:{port}/graphql", tmp_path) as ask:
        await eventually(ask, "document.getElementById('plain')?.hidden === false")
        run = "document.getElementById('run').click()"
        result = "document.getElementById('result').textContent"
        await ask(run)
        await eventually(ask, f"{result}.includes('world')")
        choose = "(index) => {{ const e = document.getElementById('example'); e.selectedIndex = {}; e.onchange(); }}"
        await ask(f"({choose.format(1)})()")
        await ask(run)
        await eventually(ask, f"{result}.includes('\"number\": 2')")
        await ask(f"({choose.format(2)})()")
        await ask(run)
        await eventually(ask, f"{result}.includes('fine')")


async def test_graphiql_starts_from_its_own_files_with_the_examples_as_tabs(tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    for asset in ASSETS:
        source = NODE_CLIENTS / "node_modules" / asset.package / asset.path
        if not source.is_file():
            pytest.skip("run `npm ci` in tests/node/transport to install GraphiQL's packages")
        shutil.copy(source, assets / asset.name)
        assert integrity_of(source.read_bytes()) == asset.integrity
    async with (
        serving(build(options(assets))) as port,
        browsing(f"http://127.0.0.1:{port}/graphql", tmp_path / "profile") as ask,
    ):
        await eventually(ask, "document.querySelector('.graphiql-container .cm-def') !== null")
        tabs = await ask("[...document.querySelectorAll('.graphiql-tab')].map((tab) => tab.innerText.trim()).join()")
        assert tabs == "Me,Ticks,Late"
        await ask("document.querySelector('.graphiql-execute-button').click()")
        await eventually(ask, "document.querySelector('.result-window')?.innerText.includes('world')")
