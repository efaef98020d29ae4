# `make run` serves the app, and `make test` checks everything. Both create the virtual environment first.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test check format docs clean

# The leading - lets the app start where the demo cannot be created, on a full disk for example.
run: .venv/ready
	-$(BIN)/python -m xai_core demo prepare
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

# One thread per process: the tests' tiny networks are not faster with more, and two pools of threads on two cores wait
# for each other.
test: check
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal

check: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@$(MAKE) --no-print-directory docs

# Without --quiet, because mkdocs then counts no warnings and --strict lets them pass.
docs: .venv/ready
	$(BIN)/mkdocs build --strict

format: .venv/ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis site

.venv/ready: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	touch $@
