"""What the files of deploy/ name exists, and the addresses in compose.yml fit together."""

import re
from pathlib import Path

import yaml

from bot.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def test_every_setting_that_is_named_exists() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.iterdir())
    named = set(re.findall(r"ULTARI_([A-Z_]+)", text))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_what_goes_into_the_image_exists() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    named = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_gateway_believes_the_proxy_and_the_proxy_finds_the_gateway() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))["services"]
    addresses = {name: services[name]["networks"]["front"]["ipv4_address"] for name in ("bot", "proxy")}
    assert services["bot"]["environment"]["ULTARI_TRUSTED_PROXIES"] == addresses["proxy"]
    assert f"/{addresses['bot']}:/" in services["proxy"]["command"][-1]
