# `make run` serves the app, and `make test` checks everything. Both create the virtual environment first.
PYTHON ?= python3
PORT ?= 8501
HOST ?= 127.0.0.1
NAMES ?=
BIN := .venv/bin

.PHONY: run view test pytest check format docs audit audited clean

# Only this machine is answered. HOST=0.0.0.0 opens the server to the network, and NAMES="app.example.com" are the names
# that it answers to, for example behind a proxy. See docs/deploy.md.
# The server answers at once and prepares the demo beside it.
run: .venv/ready
	XAI_PREPARE_DEMO=1 $(BIN)/streamlit run streamlit_app.py --server.address $(HOST) --server.port $(PORT) \
		$(foreach name,$(NAMES),--server.allowedHosts $(name))

# Shows studies and explains .onnx models and the demo, in an environment of its own without torch (requirements-view.txt).
view: .venv-view/ready
	XAI_PREPARE_DEMO=1 .venv-view/bin/streamlit run streamlit_app.py --server.address $(HOST) --server.port $(PORT) \
		$(foreach name,$(NAMES),--server.allowedHosts $(name))

# The checks run beside the tests: mypy alone would leave a core without work for a minute.
test: .venv/ready
	@$(MAKE) --no-print-directory -j2 check pytest

# One thread per process: the tests' tiny networks are not faster with more, and two pools of threads on two cores wait
# for each other. Compiled modules are kept, even where the environment says otherwise, as in many containers: tests start
# many processes.
pytest: .venv/ready
	OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 2 --dist worksteal

check: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@$(MAKE) --no-print-directory docs

# Without --quiet, because mkdocs then counts no warnings and --strict lets them pass.
docs: .venv/ready
	$(BIN)/mkdocs build --strict

# Known weaknesses, licences and the container's file. Without a connection it says what was not checked.
audit: .venv/ready
	@$(MAKE) --no-print-directory .tools/audit/ready || echo "Nothing was checked: the tools of the audit cannot be installed."
	@if [ -e .tools/audit/ready ]; then $(MAKE) --no-print-directory audited; fi

audited:
	.tools/audit/bin/hadolint Containerfile
	.tools/audit/bin/python tools/dependencies.py licences > licences.csv
	.tools/audit/bin/python tools/dependencies.py audit --offline-ok

.tools/audit/ready: requirements-audit.txt
	$(PYTHON) -m venv .tools/audit
	.tools/audit/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	touch $@

format: .venv/ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv .venv-view .mypy_cache .ruff_cache .pytest_cache .hypothesis site

CHECK_PYTHON = @$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'

# Without compiling: Python compiles the modules that are used, and the others take a fifth of the disk.
.venv-view/ready: requirements-view.txt
	$(CHECK_PYTHON)
	$(PYTHON) -m venv .venv-view
	.venv-view/bin/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements-view.txt
	@echo "Without torch: checkpoints of other networks than the demo's (.safetensors, .pth, Hugging Face), training, Grad-CAM,"
	@echo "LIME, Kernel SHAP, occlusion and the sanity check ask for the full environment: make run."
	touch $@

.venv/ready: requirements.txt requirements-dev.txt
	$(CHECK_PYTHON)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	touch $@
