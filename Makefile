# One line each: the real work is in labkit. "python3 labkit/bootstrap.py" makes .venv first, where it is missing or old.
KIT := python3 labkit/bootstrap.py

.PHONY: lab test handouts bench notebooks clean
lab: ; @$(KIT) lab
test: ; @$(KIT) test
handouts: ; @$(KIT) handouts
bench: ; @$(KIT) bench
notebooks: ; @$(KIT) notebooks
clean: ; @$(KIT) clean
