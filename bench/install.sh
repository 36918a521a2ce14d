#!/bin/sh
# Brings what `python -m bench compare` needs and finds missing: nginx and wrk from the system's packages, LiteLLM and
# Portkey in throw-away folders outside the project. With --short only nginx and wrk. What cannot be had is said and
# left out: the comparison then names it as missing.
set -eu

LITELLM=1.106.2
PORTKEY=1.15.2
# Portkey 1.15.2 answers every stream with 500 on the @hono/node-server that npm picks today ("TypeError: immutable",
# its issue 1389), so it gets the newest one that it can live with. Seen 2026-11.
HONO_NODE_SERVER=1.13.8

python="${PYTHON:-python3}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/waystation-bench"
mkdir -p "$cache"

system_packages() {
    wanted=""
    command -v nginx >/dev/null || wanted="$wanted nginx-light"
    command -v wrk >/dev/null || wanted="$wanted wrk"
    [ -n "$wanted" ] || return 0
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    echo "bench: installing$wanted"
    $as_root apt-get update -qq
    # RUNLEVEL=1 keeps Debian from starting an nginx of its own on port 80.
    $as_root env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null
}

# LiteLLM gets the Python that Waystation is measured on: interpreters differ by a third.
litellm() {
    look='import sys; from importlib.metadata import version as v; print(v("litellm"), sys.base_prefix)'
    base=$("$python" -c 'import sys; print(sys.base_prefix)')
    [ "$("$cache/litellm/bin/python" -c "$look" 2>/dev/null)" = "$LITELLM $base" ] && return 0
    echo "bench: installing LiteLLM $LITELLM into $cache/litellm (a minute or two)"
    rm -rf "$cache/litellm"
    "$python" -m venv "$cache/litellm"
    "$cache/litellm/bin/pip" install --quiet --disable-pip-version-check "litellm[proxy]==$LITELLM"
}

portkey() {
    grep -qs "\"version\": \"$PORTKEY\"" "$cache/portkey/node_modules/@portkey-ai/gateway/package.json" && return 0
    command -v npm >/dev/null || { echo "bench: Portkey needs node and npm, which are not here"; return 1; }
    echo "bench: installing Portkey $PORTKEY into $cache/portkey"
    rm -rf "$cache/portkey"
    mkdir "$cache/portkey"
    cat >"$cache/portkey/package.json" <<EOF
{
  "private": true,
  "dependencies": {"@portkey-ai/gateway": "$PORTKEY", "@hono/node-server": "$HONO_NODE_SERVER"},
  "overrides": {"@hono/node-server": "\$@hono/node-server"}
}
EOF
    (cd "$cache/portkey" && npm install --ignore-scripts --no-audit --no-fund --silent)
}

system_packages || echo "bench: nginx or wrk could not be installed"
[ "${1:-}" = --short ] && exit 0
litellm || { rm -rf "$cache/litellm"; echo "bench: LiteLLM could not be installed"; }
portkey || { rm -rf "$cache/portkey"; echo "bench: Portkey could not be installed"; }
