#!/bin/sh
# Installs the client stacks: system packages by apt, the others beside their clients by pip and npm.
# Usage: install.sh [STACK...]
# A stack that cannot be had is reported and left out.
set -u
cd "$(dirname "$0")" || exit 1
[ $# -gt 0 ] || set -- zeep node-soap strong-soap php perl gsoap jaxws mono kdsoap signed ss12000
log=$(mktemp)
trap 'rm -f "$log"' EXIT

packages() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
    done
    [ -z "$missing" ] && return
    command -v apt-get >/dev/null || { echo 'no apt-get here' >"$log"; return 1; }
    [ "$(id -u)" -eq 0 ] || { echo "needs root to install$missing" >"$log"; return 1; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1
}

tools() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || { echo "$tool is missing" >"$log"; return 1; }
    done
}

# pip_install FOLDER
pip_install() {
    tools python3 || return
    [ -x "$1/.venv/bin/python" ] || python3 -m venv "$1/.venv" >"$log" 2>&1 || return
    "$1/.venv/bin/pip" install --quiet --disable-pip-version-check -r "$1/requirements.txt" >"$log" 2>&1
}

# npm_install FOLDER
npm_install() {
    tools node npm || return
    (cd "$1" && npm ci --no-fund --no-audit) >"$log" 2>&1
}

compiler() {
    packages g++ pkg-config
}

install() {
    case $1 in
        zeep) pip_install zeep ;;
        node-soap | strong-soap) npm_install "$1" ;;
        php) packages php-cli php-soap ;;
        perl) packages perl libsoap-lite-perl libwww-perl ;;
        gsoap) compiler && packages gsoap libgsoap-dev ;;
        jaxws) { command -v javac >/dev/null || packages default-jdk-headless; } && packages jaxws libjaxws-java ;;
        mono) packages mono-runtime mono-mcs mono-devel libmono-system-servicemodel4.0a-cil ;;
        kdsoap) compiler && packages libkdsoap-dev libkdsoap-bin qtbase5-dev qtbase5-dev-tools ;;
        signed) pip_install signed && npm_install node-soap && packages xmlsec1 openssl && { command -v javac >/dev/null || packages default-jdk-headless; } && packages libwss4j-java ;;
        ss12000) pip_install ss12000 && packages php-cli && { command -v javac >/dev/null || packages default-jdk-headless; } && tools node ;;
        *) echo 'no such stack' >"$log"; false ;;
    esac
}

for stack in "$@"; do
    : >"$log"
    if install "$stack"; then
        echo "$stack: installed"
    else
        echo "$stack: skipped: $(grep -v '^$' "$log" | tail -n 1)"
    fi
done
