# 蜀惠 Shuhui. `make up` runs everything, `make test` tests everything; see README.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev up test test-python test-web test-miniapp test-browser check bench bench-whole mutation judge traffic frontends clean

PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin

help:
	@echo "make up      启动全部（首次约 2 分钟：接口十几秒可用，界面随后构建好）"
	@echo "make test    全部测试      make check  静态检查      make bench  基准"
	@echo "make setup   只准备环境（.venv/bin/shuhui）            make traffic  让看板动起来"

setup: .make/setup.stamp
setup-dev: .make/setup-dev.stamp

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "需要 Python ≥ 3.11：请安装后重试（例如 apt-get install python3）" >&2; exit 2; }
	@echo "  建立 Python 环境（$$($(PYTHON) --version)）…"
	@said=$$($(PYTHON) -m venv .venv 2>&1) || { rm -rf .venv; echo "建立 .venv 失败：$$(grep -v '^ *$$' <<< "$$said" | tail -n 1)。请确认磁盘有空间、装有 venv（例如 apt-get install python3-venv）" >&2; exit 2; }

.make/setup.stamp: .venv/bin/python requirements.lock pyproject.toml
	@mkdir -p .make
	@echo "  安装依赖（按 requirements.lock，校验哈希）…"
	@scripts/install 安装依赖 "make setup" --require-hashes -r requirements.lock
	@scripts/install "安装 shuhui " "make setup" --no-deps --no-build-isolation -e .
	@touch $@

.make/setup-dev.stamp: .make/setup.stamp requirements-dev.lock
	@echo "  安装测试工具（按 requirements-dev.lock）…"
	@scripts/install 安装测试工具 "make setup-dev" --require-hashes -r requirements-dev.lock
	@touch $@

up: setup
	@$(BIN)/shuhui up

traffic: setup
	@$(BIN)/shuhui demo-traffic

frontends: setup
	@$(BIN)/python -m backend.frontend_build --all

test: setup-dev
	@$(BIN)/python scripts/run_tests.py

test-python: setup-dev
	@$(BIN)/python -m pytest

check: setup-dev
	@$(BIN)/python scripts/run_checks.py

# A sample: ratios with 40 carts of each hard class, the second solver on 400 carts, 30 planted faults. By estimate under an hour on one core.
bench: setup-dev
	@$(BIN)/python -m backend.bench --large 40 --judged 4 --judge-seconds 10 --baskets 200
	@$(BIN)/python -m backend.tests.pricing.judge --carts 400
	@$(BIN)/python scripts/mutation.py --sample $(or $(SAMPLE),30) --children $(or $(CHILDREN),1)

# Everything that is claimed of the engine: 1,000 carts of each class, the second solver on 4,000 carts and 500 baskets, every
# planted fault. More than a day on one core; each part is a target of its own below.
bench-whole: setup-dev
	@$(BIN)/python -m backend.bench
	@$(MAKE) judge
	@$(MAKE) mutation SAMPLE=0

# Parts of it: planted faults against the pricing tests (SAMPLE=0 for all of them), and the second solver.
mutation: setup-dev
	@$(BIN)/python scripts/mutation.py --sample $(or $(SAMPLE),300) --children $(or $(CHILDREN),1)

judge: setup-dev
	@$(BIN)/python -m backend.tests.pricing.judge --carts 4000
	@$(BIN)/python -m backend.tests.pricing.judge --baskets 500 --of 20000 --seconds 60

clean:
	@rm -rf .make web/dist miniapp/dist
