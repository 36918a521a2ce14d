#!/bin/sh
# Make a virtual environment: make_venv.sh PYTHON DIRECTORY.
# Debian's python3 comes without ensurepip, so on a fresh machine the missing package is installed first.
set -eu

python=$1
venv=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Waystation needs Python 3.11 or later, and $python is older. Try: make $(basename "$venv") PYTHON=python3.12" >&2
    exit 1
}

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    install="apt-get update -qq; apt-get install -qq --yes --no-install-recommends $package"
    if [ "$(id -u)" = 0 ]; then
        as_root="sh -c"
    else
        as_root="sudo -n sh -c"
    fi
    echo "$python has no venv module: installing $package"
    DEBIAN_FRONTEND=noninteractive $as_root "$install" >&2 || {
        echo "Could not. Run this line and try again:  sudo apt-get install $package" >&2
        exit 1
    }
fi

"$python" -m venv --clear "$venv"
echo '*' > "$venv/.gitignore"
