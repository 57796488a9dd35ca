#!/bin/sh
# make-venv.sh FOLDER PYTHON: makes sure FOLDER is a virtual environment with pip and a Python that recexplore runs on.
# One that is already there is used as it is, never made anew. Says in one sentence what is missing, and exits 1.
set -eu
venv=$1
python=$2

stop() {
    echo "recexplore: $*" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if [ -e "$venv" ]; then
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null ||
        stop "$venv is there but has no Python that starts; move it away (mv $venv $venv.old) and run make again."
    new_enough "$venv/bin/python" ||
        stop "$venv holds $("$venv/bin/python" -V 2>&1) and 3.11 or newer is needed; move it away (mv $venv $venv.old) and run make again."
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
        "$venv/bin/python" -m ensurepip >/dev/null 2>&1 ||
        stop "$venv has no pip and cannot get it; move it away (mv $venv $venv.old) and run make again."
    exit 0
fi

command -v "$python" >/dev/null 2>&1 ||
    stop "Python 3.11 or newer is needed and there is no $python here; install it, or name one: make PYTHON=python3.12 ..."
new_enough "$python" ||
    stop "Python 3.11 or newer is needed and $python is $("$python" -V 2>&1); name a newer one: make PYTHON=python3.12 ..."
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    stop "$python comes without venv; on Debian and Ubuntu: apt-get install python3-venv, then run make again."
"$python" -m venv "$venv"
touch "$venv/.made-by-make"
