#!/usr/bin/env bash
# EDI in two parts. First at the desk, with files and no gateway: show, acknowledge, judge, XML and back. Then a running
# gateway (the demo site with ../demo/with-edi): an 850 comes in, its 997 goes out, the order reaches the back end, the
# repeat has no second effect, answers and statuses leave as 855 and 214 files, and the partner's 997 closes one. Then it keeps running until
# Ctrl-C; with --once it ends after the tour, 0 when every step of it worked.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
once=no
[ "${1:-}" = "--once" ] && once=yes
binary=${WAYLEAVE_BINARY:-$root/build/release/wayleave}
if [ ! -x "$binary" ]; then
  echo "there is no $binary yet; run examples/quickstart.sh once, it installs what is missing and builds"
  exit 1
fi

. "$root/examples/stage.sh"
exec 3>&1
run() { printf '  wayleave %s\n' "$*" >&3; "$binary" "$@"; } # shows the command as one would type it
wait_for() { for _ in $(seq 400); do "$@" && return; sleep 0.05; done; false; }
cd "$root" || exit 1
edi=examples/edi

say "1. An 850, shown to people: every segment, every value in the words of the guide"
run edi show --colour never $edi/850.edi >"$work/show"; sed -n 1,12p "$work/show"; echo "        …"
check "the guide's words" has 'BEG03 (324) PO-5001 — number of the order' "$work/show"

say "2. One with mistakes: the page for its sender, and the 997"
run edi ack --guide x12/004010/850.xsd --at 202611200915 $edi/850-mistakes.edi >"$work/997" 2>"$work/page"
cat "$work/page" "$work/997"
check "one set taken, one refused, four problems" has 'AK9\*P\*2\*2\*1' "$work/997"
check "each mistake at its place" has 'AK4\*2\*330\*6\*twelve' "$work/997"
run validate --schema x12/004010/850.xsd $edi/850.edi
check "the first one is valid" test $? = 0

say "3. As XML, and back without losing a byte"
run edi read $edi/850.edi >"$work/850.xml"; sed -n 1,8p "$work/850.xml"; echo "        …"
"$binary" edi write --newline "$work/850.xml" >"$work/850.again"
check "X12: read and written, the same bytes" cmp -s "$work/850.again" $edi/850.edi
"$binary" edi read $edi/orders.edi >"$work/orders.xml" && "$binary" edi write --newline "$work/orders.xml" >"$work/orders.again"
check "EDIFACT, ISO 8859-1: the same bytes" cmp -s "$work/orders.again" $edi/orders.edi

say "4. A tree of our own, written as EDI: counts, numbers and trailers are added"
run edi write --newline $edi/214.xml | tee "$work/214"
check "a whole interchange" has 'SE\*6\*0001~' "$work/214"

say "5. A gateway that speaks EDI, and a back end"
cp -r examples/demo/site "$work/site" && cp -r examples/demo/with-edi/. "$work/site/"
step=5; public=127.0.0.1:8080; internal=127.0.0.1:8081; backend_at=127.0.0.1:9100
if [ $once = yes ]; then step=0; public=127.0.0.1:0; internal=127.0.0.1:0; backend_at=127.0.0.1:0; fi
python3 examples/demo/backend/backend.py --listen $backend_at --step $step >"$work/backend.out" 2>"$work/backend.err" &
pids+=($!)
wait_for grep -q '^ready' "$work/backend.out"
export TMS_URL=$(sed -n 's/^ready //p' "$work/backend.out")
"$binary" check "$work/site" >"$work/check" 2>&1
check "wayleave check finds nothing wrong with the site" test $? = 0
"$binary" serve "$work/site" --listen $public --internal $internal >"$work/gateway.out" 2>"$work/gateway.err" &
gateway=$!; pids+=($gateway)
up() { grep -q '^ready' "$work/gateway.out" || ! kill -0 $gateway 2>/dev/null; }
wait_for up
G=$(sed -n 's/^ready public=\([^ ]*\) .*/\1/p' "$work/gateway.out")
I=$(sed -n 's/^ready .*internal=\([^ ]*\).*/\1/p' "$work/gateway.out")
if [ -z "$G" ]; then echo "the gateway did not start:"; cat "$work/check" "$work/gateway.err"; exit 1; fi
curl -sS -X POST "$TMS_URL/connect?gateway=$I" >/dev/null
cat "$work/gateway.out"
granite=(-sS -H "Authorization: Bearer demo-granite-token")
operator=(--gateway "$I" --token-file "$work/site/data/operator.token")

say "6. Granite sends the 850"
echo "  curl -H 'Authorization: Bearer demo-granite-token' --data-binary @$edi/850.edi $G/v1/documents"
curl "${granite[@]}" -D "$work/head" -o "$work/receipt" --data-binary @$edi/850.edi "$G/v1/documents"
head -1 "$work/head"; cat "$work/receipt"; echo
receipt=$(sed -n 's/.*<receipt [^>]*id="\([^"]*\)".*/\1/p' "$work/receipt")
check "202: on disk, its order accepted" has 'kind="order" key="PO-5001" status="accepted"' "$work/receipt"

say "7. The 997, at the receipt and as a file in the partner's folder"
out=$work/site/outbox/granite
curl "${granite[@]}" -o "$work/997.http" "$G/v1/receipts/$receipt/acknowledgment"; cat "$work/997.http"
check "all of it accepted" has 'AK9\*A\*1\*1\*1~' "$work/997.http"
wait_for test -f "$out/997-000000001.edi"
check "outbox/granite/997-000000001.edi has the same bytes" cmp -s "$out/997-000000001.edi" "$work/997.http"

say "8. The order at the back end; the very same interchange again"
at_backend() { curl -sS "$TMS_URL/orders" >"$work/orders.json"; has "\"granite/$1\"" "$work/orders.json"; }
wait_for at_backend PO-5001; cat "$work/orders.json"; echo
check "it arrived" has 'granite/PO-5001' "$work/orders.json"
curl "${granite[@]}" -D "$work/head" -o "$work/again" --data-binary @$edi/850.edi "$G/v1/documents"
grep -i '^wayleave-replayed' "$work/head"
check "the first answer, byte for byte" cmp -s "$work/again" "$work/receipt"
curl "${granite[@]}" "$G/v1/receipts/$receipt/acknowledgment" | cmp -s - "$work/997.http"
check "the first 997, byte for byte" test $? = 0
curl -sS "$TMS_URL/orders" >"$work/orders.json"
check "and one order" test "$(grep -c '"shipment"' "$work/orders.json")" = 1

say "9. The one with mistakes: one order taken, the other told what is wrong with it"
curl "${granite[@]}" -o "$work/partly" --data-binary @$edi/850-mistakes.edi "$G/v1/documents"; cat "$work/partly"; echo
check "partly" has 'status="partly"' "$work/partly"

say "10. EDIFACT on the same way: ORDERS in, CONTRL out"
curl "${granite[@]}" -o "$work/orders.receipt" --data-binary @$edi/orders.edi "$G/v1/documents"; cat "$work/orders.receipt"; echo
receipt=$(sed -n 's/.*<receipt [^>]*id="\([^"]*\)".*/\1/p' "$work/orders.receipt")
curl "${granite[@]}" -o "$work/contrl" "$G/v1/receipts/$receipt/acknowledgment"; cat "$work/contrl"
check "PO-6001 accepted" has "UCM+1+ORDERS:D:96A:UN+7'" "$work/contrl"
wait_for at_backend PO-6001; cat "$work/orders.json"; echo
check "it arrived" has 'granite/PO-6001' "$work/orders.json"

say "11. The answer to the order leaves as an 855, the shipment's status as a 214"
answered() { grep -ls 'BAK\*00\*AK\*PO-5001' "$out"/855-*.edi >"$work/855"; }
wait_for answered; answer=$(head -1 "$work/855"); echo "  ${answer#"$work/site/"}"; cat "$answer"
check "the order is accepted" has 'BAK\*00\*AK\*PO-5001' "$answer"
first() { ls "$out"/214-*.edi >/dev/null 2>&1; }
wait_for first; status=$(ls "$out"/214-*.edi 2>/dev/null | head -1); echo "  ${status#"$work/site/"}"; cat "$status"
check "for order PO-5001" has 'L11\*PO-5001\*PO~' "$status"
"$binary" validate --schema x12/004010/214.xsd "$status" >/dev/null
check "valid by its guide" test $? = 0

say "12. Granite acknowledges it, and the list of what was sent knows"
"$binary" edi ack --guide x12/004010/214.xsd --control 77 "$status" >"$work/their.997"
curl "${granite[@]}" -o "$work/thanks" --data-binary @"$work/their.997" "$G/v1/documents"
closed() { "$binary" sent "${operator[@]}" --partner granite --status accepted >"$work/sent" 2>&1; has 'status=accepted' "$work/sent"; }
wait_for closed; cat "$work/sent"
check "accepted by the partner" has 'status=accepted' "$work/sent"

say "13. A file in the partner's folder is as good as a POST"
sed 's/000000905/000000908/; s/\*905/*908/; s/PO-5001/PO-5008/' $edi/850.edi >"$work/inbound.edi"
mv "$work/inbound.edi" "$work/site/inbox/granite/order.edi"
taken() { ls "$work"/site/inbox/granite/done/*-order.edi >/dev/null 2>&1; }
wait_for taken; (cd "$work/site" && ls inbox/granite/done)
put_away() { ls "$work"/site/inbox/granite/done/*-order.edi.ack.edi >"$work/ls" 2>&1; }
check "taken, and put away with its 997 beside it" put_away

say "What to try next"
cat <<END
  build/release/wayleave edi show examples/edi/orders.edi
  build/release/wayleave explain E314
END
[ $once = yes ] || cat <<END # of a gateway that goes on running
  curl -H 'Authorization: Bearer demo-granite-token' $G/v1/feeds/acknowledgments/events
  curl -H 'Authorization: Bearer demo-granite-token' --data-binary @examples/edi/850-mistakes.edi '$G/v1/documents?dry-run=1'
  build/release/wayleave messages ${operator[*]}
END
[ $once = no ] || echo "  examples/edi/tour.sh        (without --once the gateway stays up)"
echo "  docs/formats.md, docs/guides.md"
if [ $failed -ne 0 ]; then
  echo; echo "a step failed; the gateway said:"; cat "$work/check"; tail -20 "$work/gateway.err"; tail -5 "$work/backend.err"
fi
if [ $once = yes ]; then
  kill -TERM $gateway; wait $gateway; check "the gateway stopped cleanly" test $? = 0
  exit $failed
fi
[ $failed -eq 0 ] || exit 1
say "Running; files come and go in $work/site/inbox and outbox. Ctrl-C ends it."
wait $gateway
