#!/usr/bin/env bash
# From a fresh clone to a running gateway: installs what is missing, builds, starts the demo site with its simulated back
# end, sends a real order and a reroute, shows the receipt, the back end's view and the status feed. Then it keeps running
# until Ctrl-C; with --once it ends after the tour, 0 when every step of it worked.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
once=no
[ "${1:-}" = "--once" ] && once=yes
. "$root/examples/packages.sh"
need_packages "$root/packages.txt"

binary=${WAYLEAVE_BINARY:-$root/build/release/wayleave}
if [ ! -x "$binary" ] || [ "${WAYLEAVE_REBUILD:-}" = 1 ]; then
  echo "building (a few minutes the first time) …"
  (cd "$root" && cmake --preset release -DWAYLEAVE_TESTS=OFF >/dev/null && cmake --build --preset release --target wayleave) || exit 1
fi

. "$root/examples/stage.sh"

# A working copy of the site, with the customer who speaks EDI: the store lives inside it.
cp -r "$root/examples/demo/site" "$work/site"
cp -r "$root/examples/demo/with-edi/." "$work/site/"
ubl=${WAYLEAVE_UBL:-$root/../shared/data/ubl-2.4/xsdrt}
ubl_order=$ubl/../xml/UBL-Order-2.1-Example.xml
if [ -f "$ubl/maindoc/UBL-Order-2.4.xsd" ]; then
  export WAYLEAVE_UBL=$ubl
  cp "$root"/examples/demo/with-ubl/partners/*.xml "$work/site/partners/"
fi

step=5; public=127.0.0.1:8080; internal=127.0.0.1:8081; backend_at=127.0.0.1:9100
if [ $once = yes ]; then step=0; public=127.0.0.1:0; internal=127.0.0.1:0; backend_at=127.0.0.1:0; fi

say "1. A back end (a simulated carrier) and the gateway of the demo site"
python3 "$root/examples/demo/backend/backend.py" --listen $backend_at --step $step >"$work/backend.out" 2>"$work/backend.err" &
pids+=($!)
for _ in $(seq 100); do grep -q '^ready' "$work/backend.out" && break; sleep 0.05; done
export TMS_URL=$(sed -n 's/^ready //p' "$work/backend.out")
"$binary" serve "$work/site" --listen $public --internal $internal >"$work/gateway.out" 2>"$work/gateway.err" &
gateway=$!; pids+=($gateway)
for _ in $(seq 400); do grep -q '^ready' "$work/gateway.out" && break; kill -0 $gateway 2>/dev/null || break; sleep 0.05; done
G=$(sed -n 's/^ready public=\([^ ]*\) .*/\1/p' "$work/gateway.out")
I=$(sed -n 's/^ready .*internal=\([^ ]*\).*/\1/p' "$work/gateway.out")
if [ -z "$G" ]; then echo "the gateway did not start:"; cat "$work/gateway.err"; exit 1; fi
curl -sS -X POST "$TMS_URL/connect?gateway=$I" >/dev/null
cat "$work/gateway.out"
acme=(-sS -H "Authorization: Bearer demo-acme-token")

say "2. Acme's ERP submits an order, in its own XML, and waits for the carrier's word"
echo "  curl -H 'Authorization: Bearer demo-acme-token' -H 'Prefer: wait=10' --data-binary @acme-order.xml $G/v1/orders"
curl "${acme[@]}" -D "$work/head" -o "$work/receipt" -H 'Prefer: wait=10' -H 'Idempotency-Key: po-4711' \
  --data-binary @"$root/examples/demo/documents/acme-order.xml" "$G/v1/orders"
head -1 "$work/head"; cat "$work/receipt"; echo
check "durable receipt, confirmed by the back end" has 'status="confirmed"' "$work/receipt"
curl "${acme[@]}" -D "$work/head" -o "$work/again" -H 'Idempotency-Key: po-4711' \
  --data-binary @"$root/examples/demo/documents/acme-order.xml" "$G/v1/orders"
check "the same request again: the first answer, no second order" has 'Wayleave-Replayed: true' "$work/head"

say "3. What the back end has"
curl -sS "$TMS_URL/orders" | tee "$work/orders"; echo
check "the order arrived once" test "$(grep -c '"shipment"' "$work/orders")" = 1

say "4. A broken order gets every finding at once"
curl "${acme[@]}" -o "$work/report" -H 'Accept: text/plain' --data-binary @"$root/examples/demo/documents/acme-order-broken.xml" "$G/v1/orders"
cat "$work/report"
check "five findings, none of them raw library text" has '5 problems' "$work/report"

say "5. The shipment's current state, and a reroute"
shipment=$(sed -n 's/.*"shipment": "\([0-9]*\)".*/\1/p' "$work/orders" | head -1)
for _ in $(seq 100); do
  curl "${acme[@]}" -o "$work/state" -w '%{http_code}' "$G/v1/shipments/$shipment" | grep -q 200 && break; sleep 0.05
done
cat "$work/state"; echo
check "state of shipment $shipment" has '<Shipment>' "$work/state"
sed "s/@SHIPMENT@/$shipment/" "$root/examples/demo/documents/acme-reroute.xml" >"$work/reroute.xml"
curl "${acme[@]}" -o "$work/rerouted" -H 'Prefer: wait=10' --data-binary @"$work/reroute.xml" "$G/v1/reroutes"
cat "$work/rerouted"; echo
check "the reroute was accepted by the carrier" has 'status="confirmed"' "$work/rerouted"
curl -sS -o "$work/foreign" -H "Authorization: Bearer demo-cobalt-token" -w '  another customer asks for that shipment: %{http_code}\n' "$G/v1/shipments/$shipment" | tee "$work/code"
check "to other customers it does not exist" has 404 "$work/code"

say "6. Acme's status feed, live (server-sent events)"
for _ in $(seq 100); do
  curl "${acme[@]}" -o "$work/page" "$G/v1/feeds/shipment-status/events"; has 'type="rerouted"' "$work/page" && break; sleep 0.05
done
curl "${acme[@]}" -N --max-time 1 -H 'Accept: text/event-stream' "$G/v1/feeds/shipment-status/events" 2>/dev/null | tee "$work/sse" | cut -c1-240
document=$(sed -n 's/.*<document id="\([^"]*\)".*/\1/p' "$work/rerouted" | head -1)
check "the rerouted event, caused by the request" has "causedBy=\"$document\"" "$work/sse"

curl -sS -X POST "$TMS_URL/incident" >/dev/null
for _ in $(seq 100); do curl "${acme[@]}" -o "$work/network" "$G/v1/network"; has NetworkStatus "$work/network" && break; sleep 0.05; done
check "a network incident on Acme's lane" has 'Border queue' "$work/network"

if [ -f "${WAYLEAVE_UBL:-/nonexistent}/maindoc/UBL-Order-2.4.xsd" ] && [ -f "$ubl_order" ]; then
  say "7. Blue River submits an OASIS UBL 2.4 order"
  curl -sS -H "Authorization: Bearer demo-blueriver-token" -o "$work/ubl" -H 'Prefer: wait=10' --data-binary @"$ubl_order" "$G/v1/orders"
  cat "$work/ubl"; echo
  check "the UBL order was confirmed" has 'status="confirmed"' "$work/ubl"
fi

say "What to try next"
[ $once = yes ] || cat <<END # of a gateway that goes on running
  curl -N -H 'Authorization: Bearer demo-acme-token' -H 'Accept: text/event-stream' $G/v1/feeds/shipment-status/events
  curl -H 'Authorization: Bearer demo-acme-token' -H 'Accept: application/json' $G/v1/shipments
  curl -H 'Authorization: Bearer demo-granite-token' --data-binary @examples/edi/850.edi $G/v1/documents
  curl $I/metrics
  build/release/wayleave messages --gateway $I --token-file $work/site/data/operator.token
END
[ $once = no ] || echo "  examples/quickstart.sh             (without --once the gateway stays up)"
cat <<END
  build/release/wayleave explain X110
  TMS_URL=http://127.0.0.1:9100 build/release/wayleave check examples/demo/site
  examples/edi/tour.sh --once        (X12 and EDIFACT: shown, judged, acknowledged, in and out)
END
if [ $failed -ne 0 ]; then
  echo; echo "a step failed; the gateway said:"; tail -20 "$work/gateway.err"; tail -5 "$work/backend.err"
fi
if [ $once = yes ]; then
  kill -TERM $gateway; wait $gateway; check "the gateway stopped cleanly" test $? = 0
  exit $failed
fi
[ $failed -eq 0 ] || exit 1
say "Running; Ctrl-C ends it."
wait $gateway
