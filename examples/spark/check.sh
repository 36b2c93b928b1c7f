#!/usr/bin/env bash
# Runs the example on a real Spark, holds it to one engine on one machine, and measures how it grows with cores.
#
#   examples/spark/check.sh WHEEL                       20,000 calls, as README.md records it
#   TRANSCRIPTS=2000 examples/spark/check.sh WHEEL      quicker, and not measured
set -euo pipefail
wheel=$(realpath "${1:-${UNSELL_WHEEL:?names no wheel}}")
cd "$(dirname "$0")"
command -v java >/dev/null || { echo "Spark needs Java, 17 or later"; exit 1; }
export TRANSCRIPTS=${TRANSCRIPTS:-20000}
# What Python keeps of a module would lie among the examples, and be taken for one.
export PYTHONDONTWRITEBYTECODE=1
# Executors, drivers and workers talk within this machine.
export SPARK_LOCAL_IP=127.0.0.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0 pyarrow==26.0.1 pandas==2.3.3 "$wheel"
"$work/python/bin/python" test_analyze.py
if [ "$TRANSCRIPTS" -ge 20000 ]; then
  "$work/python/bin/python" transcripts.py "$work/calls" "$TRANSCRIPTS"
  "$work/python/bin/python" scaling.py "$work/calls"
fi
