# Sourced by tools/triplicati and tools/test: the virtual environment in the checkout, made and renewed when needed.
#
# It is an editable installation, so that only a changed pyproject.toml calls for another one. What was installed is
# remembered as a copy of that file and the folder of the checkout: comparing takes no process and a millisecond.

environment=$root/.venv

# environment_is_current EXTRA...: whether an installation with one of these extras ("base" or "dev") fits.
environment_is_current() {
    local extra stamp
    [[ -x $environment/bin/python ]] || return 1
    for extra in "$@"; do
        stamp=$environment/installed-$extra
        [[ -r $stamp && $(<"$stamp") == "$root"$'\n'"$(<"$root/pyproject.toml")" ]] && return 0
    done
    return 1
}

# make_environment EXTRA: installs the checkout, with the dependencies of development for "dev". Two that start at
# the same time wait for one another.
make_environment() {
    mkdir -p "$environment"
    (
        flock 9
        environment_is_current "$1" || install_checkout "$1"
    ) 9>"$environment/.lock" || exit
}

install_checkout() {
    local extra=$1 target=$root python notice
    [[ $extra == dev ]] && target="$root[dev]"
    python=$(find_python) || exit 2
    "$python" -c 'import ensurepip' 2>/dev/null || install_packages python3-venv
    { sleep 2 && echo "setting up Triplicati in $environment, once; this can take a minute ..." >&2; } 9>&- &
    notice=$!
    trap "kill $notice 2>/dev/null || true" EXIT
    run_quietly "$python" -m venv "$environment"
    run_quietly "$environment/bin/python" -m pip install --disable-pip-version-check --no-input \
        --root-user-action=ignore --quiet --editable "$target"
    printf '%s\n%s\n' "$root" "$(<"$root/pyproject.toml")" >"$environment/installed-$extra"
}

find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "Triplicati needs Python 3.11 or newer. Install it (Debian: apt-get install python3)." >&2
    return 1
}

# run_quietly COMMAND...: shows what the command said only if it fails.
run_quietly() {
    local log=$environment/setup.log
    "$@" >"$log" 2>&1 && return
    cat "$log" >&2
    echo "The set-up failed at: $*" >&2
    exit 2
}

# install_packages NAME...: as root installs Debian packages, else says the one line that does.
install_packages() {
    (($#)) || return 0
    if ((EUID)) || ! command -v apt-get >/dev/null; then
        echo "Needed and not installed. Run:  sudo apt-get install -y $*" >&2
        exit 2
    fi
    echo "installing $* ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    # The tests start their servers themselves, each with settings of its own: none is to run because of them.
    (
        policy=/usr/sbin/policy-rc.d
        if [[ ! -e $policy ]]; then
            trap 'rm -f "$policy"' EXIT
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod 755 "$policy"
        fi
        apt-get install -y -qq "$@" >/dev/null 2>&1 && exit
        apt-get update -qq >&2
        apt-get install -y -qq "$@" >/dev/null
    )
}
