# `make run` serves the app, `make test` checks everything; both set themselves up first.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test check format clean

# The app is served even where the demo cannot be made, on a full disk for one.
run: .venv/ready
	-$(BIN)/python -m xai_core demo prepare
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

# A thread for each of the two: tiny networks gain nothing from more, and wait for each other side by side.
test: check
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal

check: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: .venv/ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/ready: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	touch $@
