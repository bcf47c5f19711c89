# One line each: the real work is in labkit. "python3 labkit/bootstrap.py" makes .venv first, where it is missing or old.
KIT := python3 labkit/bootstrap.py

.PHONY: lab test test-minors handouts site bench bench-class soak notebooks clean
lab: ; @$(KIT) lab
test: ; @$(KIT) test
test-minors: ; @$(KIT) test-minors
handouts: ; @$(KIT) handouts
site: ; @$(KIT) site
bench: ; @$(KIT) bench
bench-class: ; @$(KIT) bench-class
soak: ; @$(KIT) soak
notebooks: ; @$(KIT) notebooks
clean: ; @$(KIT) clean
