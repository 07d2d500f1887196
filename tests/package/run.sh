#!/usr/bin/env bash
# Builds the Debian package, unpacks it into an empty root and checks what an operator would get: files, modes, conffiles,
# a unit whose program is there, a manual page, completions, a binary that accepts the shipped configuration and serves
# with it on paper, and an upgrade that leaves edited files alone. Nothing outside a temporary folder is touched.
#
#   tests/package/run.sh [dev|release]
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { echo "package: $*" >&2; exit 1; }

command -v dpkg-deb >/dev/null || { echo "skipped: dpkg-deb is not installed"; exit 0; }
command -v cargo-deb >/dev/null || cargo install cargo-deb --locked --debug --quiet

work=$(mktemp -d)
daemon=
finish() {
  if [ -n "$daemon" ]; then kill -KILL "$daemon" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

package=$(.ci/package "${1:-dev}")
root=$work/root
mkdir "$root"
dpkg-deb -x "$package" "$root"
dpkg-deb -e "$package" "$work/control"

echo "files and modes"
expect() { # MODE PATH
  [ -e "$root$2" ] || fail "$2 is missing"
  [ "$(stat -c %a "$root$2")" = "$1" ] || fail "$2 has mode $(stat -c %a "$root$2"), not $1"
}
expect 755 /usr/bin/yieldsforge
expect 644 /usr/lib/systemd/system/yieldsforge.service
expect 644 /usr/share/yieldsforge/systemd/notify-reload.conf
expect 644 /etc/yieldsforge/yieldsforge.toml
expect 644 /etc/yieldsforge/accounts/main.toml.example
expect 644 /etc/yieldsforge/profiles/steady.toml
expect 644 /usr/share/man/man1/yieldsforge.1.gz
expect 644 /usr/share/doc/yieldsforge/README.md
expect 644 /usr/share/doc/yieldsforge/LICENSE
expect 644 /usr/share/doc/yieldsforge/copyright
for schema in yieldsforge account profile; do expect 644 "/usr/share/yieldsforge/schema/$schema.json"; done
# Whatever the project has of these is in the package, in its folders.
for folder in prometheus grafana; do
  [ -d "config/$folder" ] || continue
  diff -r "config/$folder" "$root/usr/share/yieldsforge/$folder" || fail "config/$folder is not what is shipped"
done
odd=$(find "$root" \( -type f ! -perm 644 ! -path '*/usr/bin/yieldsforge' \) -o \( -type d ! -perm 755 \) | tail -n +1)
[ -z "$odd" ] || [ "$odd" = "$root" ] || fail "odd modes: $odd"

echo "conffiles"
diff <(cd "$root" && find etc -type f -printf '/%p\n' | sort) <(sort "$work/control/conffiles") ||
  fail "not every file under /etc is a conffile"

echo "unit"
unit=$root/usr/lib/systemd/system/yieldsforge.service
program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
[ -x "$root$program" ] || fail "the unit starts $program, which is not in the package"
for script in postinst prerm postrm; do sh -n "$work/control/$script"; done
if grep -Eq 'systemctl (enable|start)|deb-systemd-invoke start' "$work/control/postinst"; then
  fail "installing must not start a daemon that nobody has configured"
fi
grep -q 'deb-systemd-invoke try-restart yieldsforge.service' "$work/control/postinst" || fail "an upgrade must restart it"

echo "manual page and completions"
binary=$root/usr/bin/yieldsforge
gunzip -c "$root/usr/share/man/man1/yieldsforge.1.gz" >"$work/yieldsforge.1"
commands=$("$binary" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -v '^help$')
[ "$(wc -w <<<"$commands")" -ge 5 ] || fail "the help names too few commands: $commands"
if command -v man >/dev/null; then
  MANWIDTH=100 man --warnings=w -l "$work/yieldsforge.1" >"$work/page" 2>"$work/complaints"
  [ ! -s "$work/complaints" ] || fail "the manual page: $(cat "$work/complaints")"
else
  cp "$work/yieldsforge.1" "$work/page"
fi
bash -n "$root/usr/share/bash-completion/completions/yieldsforge"
for command in $commands; do
  grep -iq "yieldsforge $command" "$work/page" || fail "the manual page does not name $command"
  for shell in bash-completion/completions/yieldsforge zsh/vendor-completions/_yieldsforge \
    fish/vendor_completions.d/yieldsforge.fish; do
    grep -q "\b$command\b" "$root/usr/share/$shell" || fail "$shell does not know $command"
  done
done

echo "schemas"
if python3 -c 'import jsonschema, tomllib' 2>/dev/null; then
  python3 tests/package/schema.py "$root/usr/share/yieldsforge/schema" "$root/etc/yieldsforge"
else
  echo "skipped: python3 has no jsonschema"
fi

echo "binary"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
[ "$("$binary" --version)" = "yieldsforge $version" ] || fail "--version says $("$binary" --version)"
"$binary" check --config "$root/etc/yieldsforge" 2>"$work/warnings" || fail "$(cat "$work/warnings")"

echo "first start"
# As the unit would start it, but that no exchange is there: a lost exchange is a state, not a failure.
env -i PATH="$PATH" STATE_DIRECTORY="$work/state" YIELDSFORGE_CFG__HTTP__LISTEN=127.0.0.1:0 YIELDSFORGE_CFG__LOG__FORMAT=json \
  YIELDSFORGE_CFG__EXCHANGE__REST=http://127.0.0.1:9 YIELDSFORGE_CFG__EXCHANGE__REST_PUBLIC=http://127.0.0.1:9 \
  YIELDSFORGE_CFG__EXCHANGE__WS=ws://127.0.0.1:9 YIELDSFORGE_CFG__EXCHANGE__WS_PUBLIC=ws://127.0.0.1:9 \
  "$binary" run --config "$root/etc/yieldsforge" >"$work/log" 2>&1 &
daemon=$!
listen=
for _ in $(seq 300); do
  listen=$(sed -n 's/.*"listen":"\([^"]*\)".*/\1/p' "$work/log" | head -n 1)
  [ -z "$listen" ] || break
  kill -0 "$daemon" 2>/dev/null || fail "the daemon ended: $(cat "$work/log")"
  sleep 0.1
done
[ -n "$listen" ] || fail "the daemon does not say where it listens: $(cat "$work/log")"
fetch() { curl -s "http://$listen$1"; }
fetch /metrics | grep -q '^yieldsforge_paper 1' || fail "it does not run in paper mode"
seen=
for _ in $(seq 300); do
  seen=$(fetch /readyz)
  ! grep -q '^accounts: failed: no account' <<<"$seen" || break
  sleep 0.1
done
grep -q '^accounts: failed: no account' <<<"$seen" || fail "/readyz does not say that there is no account: $seen"
kill -TERM "$daemon"
code=0
wait "$daemon" || code=$?
daemon=
[ "$code" -eq 0 ] || fail "stopping it ended with $code: $(cat "$work/log")"

echo "upgrade"
# The same package with a higher version and a changed example, once installed over edited files. Without its scripts:
# they would speak to this machine's systemd.
repack() { # VERSION TARGET
  rm -rf "$work/tree"
  dpkg-deb -R "$package" "$work/tree"
  rm -f "$work/tree/DEBIAN/"{postinst,prerm,postrm}
  sed -i -e "s/^Version: .*/Version: $1/" -e '/^Depends: /d' "$work/tree/DEBIAN/control"
  : >"$work/tree/usr/bin/yieldsforge"
  if [ "$1" != 1 ]; then echo '# newer' >>"$work/tree/etc/yieldsforge/accounts/main.toml.example"; fi
  dpkg-deb -Zgzip -z1 --root-owner-group -b "$work/tree" "$2" >/dev/null
}
repack 1 "$work/old.deb"
repack 2 "$work/new.deb"
installed=$work/installed
mkdir -p "$installed/var/lib/dpkg/"{info,updates}
: >"$installed/var/lib/dpkg/status"
into() { dpkg --root="$installed" --force-not-root --force-bad-path --log=/dev/null -i "$1" >"$work/dpkg" 2>&1 || fail "$(cat "$work/dpkg")"; }
into "$work/old.deb"
etc=$installed/etc/yieldsforge
echo 'mode = "paper" # mine' >"$etc/yieldsforge.toml"
rm "$etc/profiles/ladder.toml"
echo 'key = "keys/main.age"' >"$etc/accounts/mine.toml"
into "$work/new.deb" </dev/null
[ "$(cat "$etc/yieldsforge.toml")" = 'mode = "paper" # mine' ] || fail "the upgrade changed an edited file"
[ ! -e "$etc/profiles/ladder.toml" ] || fail "the upgrade brought a deleted file back"
[ -s "$etc/accounts/mine.toml" ] || fail "the upgrade took a file that it does not own"
grep -q '^# newer' "$etc/accounts/main.toml.example" || fail "the upgrade did not bring the new example"

echo "package: $(basename "$package") is good"
