#!/usr/bin/env bash
# A real Prometheus with the shipped sample and rules scrapes a running demo at real speed; then every panel of the shipped
# dashboard must have something to show, and every rule must work. Wants prometheus, promtool and python3, and no network.
# usage: run.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
pids=()
finish() {
  local code=$? pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if [ "$code" -ne 0 ]; then
    for log in "$scratch"/*.log; do
      echo "--- the end of ${log##*/}"
      tail -n 15 "$log"
    done
  fi
  rm -rf "$scratch"
}
trap finish EXIT

# Two ports that are free now.
read -r web admin < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))')

# The sample as it is shipped, but for the target and the pace.
cp config/prometheus/yieldsforge.rules.yml "$scratch/"
sed -e "s/127\.0\.0\.1:9736/127.0.0.1:$admin/" -e 's/_interval: 15s/_interval: 1s/' config/prometheus/prometheus.yml >"$scratch/prometheus.yml"
grep -q "127.0.0.1:$admin" "$scratch/prometheus.yml"

# First, so that it sees the counters at zero.
prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/data" \
  --web.listen-address="127.0.0.1:$web" >"$scratch/prometheus.log" 2>&1 &
pids+=($!)
"$binary" demo --speed 1 --for 1h --listen "127.0.0.1:$admin" --log "$scratch/daemon.log" >"$scratch/demo.log" 2>&1 &
pids+=($!)

python3 tests/monitoring/monitoring.py "http://127.0.0.1:$web" "http://127.0.0.1:$admin" "${pids[@]}"
