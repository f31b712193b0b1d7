"""docker-compose.yml is well-formed and says what it must: PostgreSQL, Redis, two API processes, workers by queue, the web front."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def problems(text: str) -> list[str]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return [f"not YAML: {error}"]
    services = found.get("services", {})
    bad = [
        f"service {name} is missing"
        for name in ("postgres", "redis", "migrate", "api", "relay", "worker-messages", "worker-schedules", "web")
        if name not in services
    ]
    for name, service in services.items():
        if not ("image" in service or "build" in service):
            bad.append(f"{name} has neither image nor build")
        bad += [
            f"{name} waits for {other}, which is not there"
            for other in service.get("depends_on", {})
            if other not in services
        ]
        bad += [
            f"{name} uses the secret {s}, which is not there"
            for s in service.get("secrets", [])
            if s not in found.get("secrets", {})
        ]
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./"):
                bad += [] if (ROOT / source).exists() else [f"{name} mounts {source}, which is not there"]
            elif source not in found.get("volumes", {}):
                bad.append(f"{name} uses the volume {source}, which is not there")
        build = service.get("build")
        if build is not None and not (ROOT / build / "Dockerfile").exists():
            bad.append(f"{name} builds {build}, which has no Dockerfile")
    if services.get("api", {}).get("deploy", {}).get("replicas") != 2:
        bad.append("api does not run twice")
    return bad


if __name__ == "__main__":
    found = problems((ROOT / "docker-compose.yml").read_text("utf-8"))
    print("\n".join(found) or "docker-compose.yml is well-formed")
    sys.exit(1 if found else 0)
