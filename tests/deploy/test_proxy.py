"""deploy/nginx.conf before a real gateway in production mode: what passes, what does not, and what nginx says itself."""

import datetime
import ipaddress
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from running_gateway import RasaServer, free_port, handler_for

from bot.settings import read_settings
from channels.edge import HEADERS, LARGEST_BODY, STRICT_TRANSPORT
from channels.gateway import create_app
from channels.telegram.receiving import WEBHOOK_PATH

ROOT = Path(__file__).parents[2]
CONFIGURATION = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
NGINX = Path("/usr/sbin/nginx")
AROUND = """
daemon off;
pid {folder}/nginx.pid;
events {{}}
http {{
    gzip on;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/ultari.conf;
}}
"""
CONVERSATIONS = 3

pytestmark = pytest.mark.xdist_group("proxy")  # one gateway is enough


@dataclass
class Server:
    """The gateway, or nginx before it, and how a client finds it."""

    url: str
    tls: ssl.SSLContext | bool = True
    folder: Path = Path()

    def client(self, address: str = "127.0.0.1") -> httpx.Client:
        """Return a client with this address of its own."""
        transport = httpx.HTTPTransport(verify=self.tls, local_address=address)
        return httpx.Client(base_url=self.url, transport=transport, timeout=20)


@pytest.fixture(scope="module")
def rasa() -> Iterator[RasaServer]:
    stand_in = RasaServer(seconds=2)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_for(stand_in)) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield stand_in
        server.shutdown()


@pytest.fixture(scope="module")
def gateway(rasa: RasaServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("gateway")
    port = free_port()
    settings = {
        "ULTARI_MODE": "production",
        "ULTARI_ENGINE_SECRET": "k3J9-x2Lq_7vRt5Yw8Zb1Nc4Md6Pf0Ga",
        "ULTARI_VAR_DIR": str(folder / "var"),
        "ULTARI_PORT": str(port),
        "ULTARI_RASA_URL": rasa.url,
        "ULTARI_LIMIT_CONVERSATIONS_ADDRESS": f"{CONVERSATIONS}/hour",
    }
    bare = {name: value for name, value in os.environ.items() if not name.startswith("ULTARI_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "channels.gateway"],
        cwd=folder,
        env={**bare, **settings, "PYTHONPATH": str(ROOT)},
        stderr=(folder / "gateway.log").open("wb"),
    )
    server = Server(f"http://127.0.0.1:{port}")
    try:
        wait_for(server, process, folder / "gateway.log")
        yield server
    finally:
        end(process)


@pytest.fixture(scope="module")
def start_proxy(gateway: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start nginx with the configuration as it is but for ports, files, and what a test changes."""
    if not NGINX.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("nginx is missing, and under CI=true nothing may be left out.")
        pytest.skip("nginx is not installed (apt-get install nginx).")
    started = []

    def start(webhook_port: int = 8081, **changes: str) -> Server:
        folder = tmp_path_factory.mktemp("proxy")
        port = free_port()
        make_certificate(folder)
        replaced = {
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen [::]:80;": "",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "listen [::]:443 ssl http2;": "",
            "/etc/nginx/tls/bot.example.kr": f"{folder}/tls",
            "/var/log/nginx/error.log crit": f"{folder}/error.log warn",
            "127.0.0.1:8080": gateway.url.removeprefix("http://"),
            "127.0.0.1:8081": f"127.0.0.1:{webhook_port}",
            **changes,
        }
        text = CONFIGURATION
        for old, new in replaced.items():
            assert old in text
            text = text.replace(old, new)
        (folder / "ultari.conf").write_text(text, encoding="utf-8")
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
        command = [str(NGINX), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
        check = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert check.returncode == 0, check.stderr
        started.append(subprocess.Popen(command))
        server = Server(f"https://127.0.0.1:{port}", ssl.create_default_context(cafile=str(folder / "tls.crt")), folder)
        wait_for(server, started[-1], folder / "error.log")
        return server

    yield start
    for process in started:
        end(process)


@pytest.fixture(scope="module")
def proxy(start_proxy: Callable[..., Server]) -> Server:
    return start_proxy()


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "proxy")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.crt").write_bytes(certificate.public_bytes(pem))
    (folder / "tls.key").write_bytes(private)


def wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    with server.client() as http:
        while True:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            try:
                assert http.get("/healthz").status_code == 200
                return
            except httpx.TransportError:
                time.sleep(0.05)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(15)


def routes() -> Iterator[tuple[str, str]]:
    """Yield method and path of everything that the gateway answers, with 1 for each value in a path."""
    app = create_app(read_settings(_env_file=None))
    for prefix, router in (("", app), ("/desk", app.state.desk)):
        for route in router.routes:
            contexts = route.effective_route_contexts() if hasattr(route, "effective_route_contexts") else [route]
            for found in contexts:
                for method in {"GET", "POST"} & set(getattr(found, "methods", None) or ()):
                    yield method, re.sub(r"{\w+}", "1", prefix + found.path)


def refused_by_proxy(response: httpx.Response) -> bool:
    """Return whether it is the answer of nginx for what is not public; the gateway's own routes have other 404s."""
    return response.status_code == 404 and '"not_found"' in response.text


def headers_of(response: httpx.Response) -> dict[str, str]:
    """Return those that every answer carries."""
    return {name: response.headers.get(name, "") for name in [*HEADERS, "Strict-Transport-Security", "Content-Type"]}


def test_what_the_gateway_answers_passes_unless_it_is_internal(proxy: Server) -> None:
    answered = list(routes())
    assert {("POST", "/api/tickets/lookup"), ("GET", "/recommendations/1"), ("GET", "/desk/sign-in")} <= set(answered)
    with proxy.client("127.0.0.2") as http:
        assert [path for method, path in answered if refused_by_proxy(http.request(method, path))] == ["/readyz"]


@pytest.mark.parametrize(
    "path", ["/", "/privacy", "/widget.js", "/pages.css", "/openapi.json", "/healthz", "/api/programs"]
)
def test_pages_come_through_as_the_gateway_gives_them(proxy: Server, gateway: Server, path: str) -> None:
    with proxy.client() as outside, gateway.client() as inside:
        passed, original = outside.get(path), inside.get(path)
    assert (passed.status_code, passed.content) == (200, original.content)
    assert headers_of(passed) == headers_of(original)
    assert "Content-Encoding" not in passed.headers


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/rest/webhook", "/webhooks/gateway/webhook", "/webhook", "/metrics", "/model", "/model/parse", "/version",
        "/status", "/health", "/actions", "/conversations/1/tracker", "/docs", "/redoc", "/docs/oauth2-redirect", "/.env",
        "/unknown", "/deskxyz", "/widget.js/x", "/api", "/api/%2e%2e/webhook", "/desk/%2e%2e/model", "/privacy/%2e%2e/readyz",
    ],
)  # fmt: skip
def test_everything_else_is_not_found(proxy: Server, gateway: Server, path: str) -> None:
    with proxy.client() as outside, gateway.client() as inside:
        original = inside.get("/unknown")
        for refused in (outside.get(path), outside.post(path, json={})):
            assert (refused.status_code, refused.json()) == (404, original.json())
            assert headers_of(refused) == headers_of(original)


def test_a_forged_address_is_not_believed(proxy: Server, gateway: Server) -> None:
    def statuses(server: Server, address: str) -> list[int]:
        with server.client(address) as http:
            forged = [{"X-Forwarded-For": f"203.0.113.{number}, 127.0.0.1"} for number in range(CONVERSATIONS + 1)]
            return [http.post("/api/conversations", headers=headers).status_code for headers in forged]

    allowed = [201] * CONVERSATIONS
    assert statuses(proxy, "127.0.0.3") == [*allowed, 429]
    assert statuses(proxy, "127.0.0.4") == [*allowed, 429], "another visitor has a limit of his own"
    assert statuses(gateway, "127.0.0.1") == [*allowed, 201], "the header would have worked"


def test_events_arrive_at_once(proxy: Server, rasa: RasaServer) -> None:
    with proxy.client("127.0.0.5") as http:
        opened = http.post("/api/conversations").json()
        http.headers["Authorization"] = f"Bearer {opened['token']}"
        path = f"/api/conversations/{opened['id']}"
        arrived: list[tuple[float, str]] = []

        def listen() -> None:
            with http.stream("GET", f"{path}/events") as response:
                for line in response.iter_lines():
                    if line.startswith("data:") and '"from"' in line:
                        arrived.append((time.monotonic(), json.loads(line.removeprefix("data:"))["from"]))
                        if arrived[-1][1] == "bot":
                            return

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        time.sleep(0.3)
        asked = time.monotonic()
        answer = http.post(f"{path}/messages", json={"id": "1", "text": "안녕하세요"})
        answered = time.monotonic()
        listener.join(5)
    assert answer.status_code == 200
    assert [who for _, who in arrived] == ["user", "bot"]
    assert arrived[0][0] - asked < rasa.seconds / 2, "the visitor's own words, long before the answer"
    assert arrived[1][0] - answered < 0.5


def test_a_body_that_is_too_large_is_refused_as_the_gateway_does(proxy: Server, gateway: Server) -> None:
    def post(server: Server, size: int, *, chunked: bool = False) -> httpx.Response:
        body = b"x" * size
        with server.client() as http:
            return http.post("/api/recommendations", content=iter([body]) if chunked else body)

    original = post(gateway, 70 * 1024)
    for refused in (post(proxy, 70 * 1024), post(proxy, LARGEST_BODY + 1), post(proxy, 70 * 1024, chunked=True)):
        assert (refused.status_code, refused.json()) == (413, original.json())
        assert headers_of(refused) == headers_of(original)
    for passed in (post(proxy, LARGEST_BODY), post(proxy, LARGEST_BODY, chunked=True)):
        assert passed.status_code == 422
    assert "temporary file" not in (proxy.folder / "error.log").read_text(encoding="utf-8")


def test_the_webhook_passes_if_it_listens(start_proxy: Callable[..., Server], rasa: RasaServer) -> None:
    update: dict[str, Any] = {"sender": "telegram", "message": "x" * 100_000}
    listening = start_proxy(webhook_port=int(rasa.url.rpartition(":")[2]))
    silent = start_proxy(webhook_port=free_port())
    with listening.client() as http:
        assert http.post(WEBHOOK_PATH, json=update).status_code == 200
    with silent.client() as http:
        away = http.post(WEBHOOK_PATH, json=update)
    assert (away.status_code, away.json()["error"]["code"]) == (503, "unavailable")
    assert away.headers["Retry-After"] == "3"
    assert headers_of(away) == {
        **HEADERS,
        "Strict-Transport-Security": STRICT_TRANSPORT,
        "Content-Type": "application/json",
    }


def test_the_desk_knows_its_own_pages_and_can_be_kept_to_the_office(
    proxy: Server, start_proxy: Callable[..., Server]
) -> None:
    with proxy.client() as http:
        page = http.get("/desk/sign-in")
        http.headers["Cookie"] = page.headers["Set-Cookie"].partition(";")[0]
        form = {
            "csrf": re.findall(r'name="csrf" value="([^"]+)"', page.text)[0],
            "name": "kim",
            "password": "x",
            "code": "1",
        }
        own = http.post("/desk/sign-in", data=form, headers={"Origin": proxy.url})
        foreign = http.post("/desk/sign-in", data=form, headers={"Origin": "https://elsewhere.example"})
    assert (own.status_code, foreign.status_code) == (401, 403)

    office = start_proxy(**{"allow all;": "allow 127.0.0.6; deny all;"})
    with office.client("127.0.0.6") as inside, office.client("127.0.0.7") as outside:
        for path in ("/desk/sign-in", "/desk/events", "/desk"):
            assert not refused_by_proxy(inside.get(path))
            assert refused_by_proxy(outside.get(path))


def test_no_answer_tells_the_version_and_no_log_who_asked(proxy: Server) -> None:
    with proxy.client() as http:
        answers = [
            http.get("/"),
            http.get("/unknown"),
            http.request("TRACE", "/"),
            http.get("/", headers={"X": "x" * 40_000}),
        ]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 400]
    for answer in answers:
        assert answer.headers["Server"] == "nginx"
        assert "nginx" not in answer.text
    assert not (proxy.folder / "access.log").read_text(encoding="utf-8")


def test_plain_http_leads_to_https(proxy: Server) -> None:
    port = re.findall(r"listen 127\.0\.0\.1:(\d+);", (proxy.folder / "ultari.conf").read_text(encoding="utf-8"))[0]
    with Server(f"http://127.0.0.1:{port}").client() as http:
        answer = http.get("/privacy?a=b")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://bot.example.kr/privacy?a=b")
    assert answer.headers["Server"] == "nginx"
