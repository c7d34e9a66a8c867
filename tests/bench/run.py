"""Runs the benchmarks that need a whole gateway, and prints the table. Called by run.sh."""
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

BUILD = Path(sys.argv[1])
os.environ["WAYLEAVE_BINARY"] = str(BUILD / "wayleave")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import DEMO, TOKENS, Gateway, call, shipment_event, ubl, wait_until  # noqa: E402

BENCH = BUILD / "tests/bench"
ROUNDS = int(os.environ.get("WAYLEAVE_BENCH_ROUNDS", "3"))
SECONDS = os.environ.get("WAYLEAVE_BENCH_SECONDS", "4")
CONNECTIONS = "32"
THREADS = os.cpu_count() or 2


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def port_of(url):
    return url.rsplit(":", 1)[1]


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def load(port, prefix):
    out = subprocess.run([BENCH / "post_load", port, CONNECTIONS, SECONDS, prefix], capture_output=True, text=True, check=True)
    if out.stderr:
        print(out.stderr, file=sys.stderr)
    rate, p50, p99, answered, bad = out.stdout.split()
    return float(rate), float(p50), float(p99), int(answered), int(bad)


def quick_limits(site):
    gateway = site / "gateway.xml"
    gateway.write_text(gateway.read_text().replace('streams="50"', 'streams="5000"'))


def start_bare():
    port = free_port()
    server = subprocess.Popen([BENCH / "bare_beast", str(port), str(THREADS)], stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    time.sleep(0.2)
    return server, str(port)


def orders():
    """Durable orders beside a bare Beast server, turn by turn."""
    rows = {"bare": [], "held": [], "delivering": []}
    for number in range(ROUNDS):
        server, port = start_bare()
        rows["bare"].append(load(port, f"X{number}-"))
        server.kill()
        server.wait()
        sink, sink_port = start_bare()
        for name, arguments in (("held", ["--hold-delivery"]), ("delivering", [])):
            with Gateway(f"http://127.0.0.1:{sink_port}", edit=quick_limits, arguments=["--log-level", "warning", *arguments]) as gateway:
                before, metrics = cpu_seconds(gateway.process.pid), gateway.metrics()
                result = load(port_of(gateway.public), f"{name}{number}-")
                spent, after = cpu_seconds(gateway.process.pid) - before, gateway.metrics()
                commits = after["wayleave_store_commits_total"] - metrics["wayleave_store_commits_total"]
                units = after["wayleave_store_units_total"] - metrics["wayleave_store_units_total"]
                done = after.get('wayleave_documents_total{kind="order",outcome="accepted",partner="acme"}', 0)
                delivered = after.get('wayleave_deliveries_total{outcome="delivered"}', 0)
                rows[name].append((*result, spent / max(1, done) * 1e6, units / max(1, commits), delivered / (float(SECONDS) + 0.5)))
        sink.kill()
        sink.wait()
    median = lambda name, column: statistics.median(row[column] for row in rows[name])
    bare = median("bare", 0)
    print(f"\nDurable orders: 2 KB XML, {CONNECTIONS} keep-alive connections, {THREADS} I/O threads, medians of {ROUNDS} rounds of {SECONDS} s")
    print(f"  bare Beast, nothing done      {bare:9.0f}/s   p50 {median('bare', 1):6.0f} µs  p99 {median('bare', 2):6.0f} µs")
    for name, text in (("held", "durable, delivery held back"), ("delivering", "durable, delivery going on ")):
        rate = median(name, 0)
        print(f"  {text}   {rate:9.0f}/s   p50 {median(name, 1):6.0f} µs  p99 {median(name, 2):6.0f} µs   ratio to bare {rate / bare:.3f}"
              f"   CPU {median(name, 5):5.0f} µs an order   mean commit group {median(name, 6):.1f}"
              + (f"   delivered meanwhile {median(name, 7):.0f}/s" if name == "delivering" else "") + f"   not 202: {int(sum(r[4] for r in rows[name]))}")


def deliver():
    """A burst of orders and a back end that takes its time, beside the same calls from as many connections as we may have."""
    from harness import BackEnd, order_xml
    count, places, takes = 1000, 16, 0.05

    def answer(_):
        time.sleep(takes)
        return 200, BackEnd.RESULT

    def bare(backend):
        import http.client
        left = iter(range(count))
        lock = threading.Lock()

        def calls():
            connection = http.client.HTTPConnection("127.0.0.1", backend.port)
            while True:
                with lock:
                    n = next(left, None)
                if n is None:
                    return
                connection.request("POST", "/orders", order_xml(f"B-{n}"), {"Idempotency-Key": f"b-{n}"})
                connection.getresponse().read()
        threads = [threading.Thread(target=calls) for _ in range(places)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - began

    rows = {"bare": [], "gateway": []}
    for number in range(ROUNDS):
        backend = BackEnd(answer)
        rows["bare"].append(bare(backend))
        with Gateway(backend.url, edit=quick_limits, arguments=["--log-level", "warning"]) as gateway:
            began = time.monotonic()
            for n in range(count):
                gateway.order(f"D{number}-{n}")
            wait_until(lambda: len(backend.effects) >= 2 * count, 300, "all orders at the back end")
            rows["gateway"].append(time.monotonic() - began)
        backend.close()
    bare_s, ours = statistics.median(rows["bare"]), statistics.median(rows["gateway"])
    print(f"\nA burst of {count} orders to a back end that takes {takes * 1000:.0f} ms a call, {places} calls at once; medians of {ROUNDS}")
    print(f"  {places} connections that only call    {bare_s:6.1f} s   {count / bare_s:5.0f}/s")
    print(f"  posted, kept and delivered       {ours:6.1f} s   {count / ours:5.0f}/s   ratio {bare_s / ours:.2f}")


def many_partners(count):
    import hashlib

    def edit(site):
        quick_limits(site)
        for number in range(count):
            token = hashlib.sha256(f"bench-token-{number}".encode()).hexdigest()
            (site / f"partners/p{number}.xml").write_text(
                f'<partner xmlns="urn:wayleave:partner:1" id="p{number}" name="Partner {number}"><identity kind="account" id="A{number}"/>'
                f'<credential kind="token" sha256="{token}"/><sees feed="shipment-status" as="shipper consignee notify"/></partner>')
    return edit


def event(number, partners):
    from datetime import datetime, timezone
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    parties = "".join(f'<Party role="notify" partner="p{p}"/>' for p in range(partners))
    return (f'<ShipmentStatus xmlns="urn:wayleave:canonical:1"><Shipment>BENCH-{number}</Shipment>{parties}'
            f'<Event id="b-{number}" type="picked-up" classifier="actual"><Occurred>{now}</Occurred><Recorded>{now}</Recorded></Event></ShipmentStatus>')


def feed():
    """1,000 readers of 20 partners, every one of them gets every one of 50 events a second."""
    readers, partners, rate, seconds = 1000, 20, 50, 10
    with Gateway("http://127.0.0.1:9", edit=many_partners(partners), arguments=["--log-level", "warning"]) as gateway:
        idle = rss_mb(gateway.process.pid)
        client = subprocess.Popen([BENCH / "sse_load", port_of(gateway.public), "shipment-status", str(seconds + 2),
                                   *[f"bench-token-{n}:{readers // partners}" for n in range(partners)]], stdout=subprocess.PIPE, text=True)
        assert client.stdout.readline().strip() == "open"
        time.sleep(0.5)
        with_readers = rss_mb(gateway.process.pid)
        before = cpu_seconds(gateway.process.pid)
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", int(port_of(gateway.internal)))
        start, sent, slowest = time.monotonic(), 0, 0.0
        while sent < rate * seconds:
            wait = start + sent / rate - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            sent += 1
            began = time.monotonic()
            connection.request("POST", "/v1/events", event(sent, partners), {"Authorization": f"Bearer {TOKENS['tms']}"})
            reply = connection.getresponse()
            text = reply.read()
            assert reply.status == 202, text
            slowest = max(slowest, time.monotonic() - began)
        took = time.monotonic() - start
        out = client.communicate(timeout=60)[0].split()
        spent = cpu_seconds(gateway.process.pid) - before
    opened, delivered, wrong, p50, p99, most = out
    print(f"\nFeed: {opened} server-sent event readers of {partners} partners, {sent / took:.0f} events/s for {seconds} s")
    print(f"  delivered {delivered} of {sent * readers}, out of order {wrong}; from Recorded (before the commit) to receipt p50 {p50} ms, p99 {p99} ms, max {most} ms")
    print(f"  gateway CPU {spent / took * 100:.0f} % of one core; memory per idle reader {(with_readers - idle) * 1024 / readers:.1f} KB")
    big = 1000
    with Gateway("http://127.0.0.1:9", edit=many_partners(big), arguments=["--log-level", "warning"]) as gateway:
        def publish(count, partners, base):
            times = []
            for number in range(count):
                began = time.monotonic()
                reply = gateway.inside("POST", "/v1/events", event(base + number, partners), token=TOKENS["tms"])
                assert reply.status == 202, reply
                times.append(time.monotonic() - began)
            return statistics.median(times) * 1000
        one, many = publish(20, 1, 10_000), publish(20, big, 20_000)
    print(f"  an event for 1 partner: {one:.2f} ms; for {big} partners: {many:.2f} ms ({(many - one) / big * 1000:.1f} µs a partner)")


def start():
    rows = []
    for with_ubl in (False, True):
        if with_ubl and not ubl():
            continue
        times, memory = [], []
        for _ in range(ROUNDS):
            gateway = Gateway("http://127.0.0.1:9", with_ubl=with_ubl)
            began = time.monotonic()
            gateway.start()
            times.append(time.monotonic() - began)
            time.sleep(0.3)
            memory.append(rss_mb(gateway.process.pid))
            gateway.__exit__()
        rows.append((with_ubl, statistics.median(times), statistics.median(memory)))
    print("\nStart of the demo site, and idle memory")
    for with_ubl, seconds, memory in rows:
        print(f"  {'with UBL 2.4' if with_ubl else 'without UBL '}   {seconds:.2f} s   {memory:.0f} MB")


def program(title, *command):
    print(f"\n{title}")
    if not Path(command[0]).exists():
        print("  not built")
        return
    print("  " + subprocess.run([str(c) for c in command], capture_output=True, text=True).stdout.strip().replace("\n", "\n  "))


def peak(command, stdin=None):
    """Seconds, CPU seconds and peak memory in MB of a command."""
    began = time.monotonic()
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, (command, status)
    return time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def edi_files():
    """A large interchange beside a small one, through `edi ack`, and through a dropped file."""
    mib = int(os.environ.get("WAYLEAVE_BENCH_EDI_MIB", "1024"))
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for name, size in (("one order", 0), ("small", 20), ("large", mib)):
            files[name] = Path(folder) / f"{size}.edi"
            with open(files[name], "wb") as out:
                subprocess.run([BENCH / "edi_read_bench", "--write", str(size)], stdout=out, check=True)
        print(f"\nEDI files: `edi ack` with the 850 guide, an interchange of {mib} MiB beside one of 20 MiB; medians of {ROUNDS}")
        rows = {name: [] for name in files}
        for _ in range(ROUNDS):
            for name, file in files.items():
                rows[name].append(peak([BUILD / "wayleave", "edi", "ack", "--guide", "x12/004010/850.xsd", file]))
        median = lambda name, column: statistics.median(row[column] for row in rows[name])
        speed = {}
        for name, file in files.items():
            size = file.stat().st_size / 1e6
            cpu = max(0.001, median(name, 1) - (median("one order", 1) if name != "one order" else 0))
            speed[name] = size / cpu
            print(f"  {name:<10} {size:8.1f} MB   {median(name, 0):7.2f} s   {speed[name]:6.0f} MB/s of CPU beyond the start   peak {median(name, 2):5.1f} MB, {median(name, 2) - median('one order', 2):+.1f} MB")
        print(f"  large to small, speed: {speed['large'] / speed['small']:.2f}")
        dropped(files["large"])


def dropped(large):
    def edit(site):
        gateway = site / "gateway.xml"
        gateway.write_text(gateway.read_text().replace("<self>", '<self><identity kind="x12" qualifier="ZZ" id="NORTHWAY"/>'))
        acme = site / "partners/acme.xml"
        acme.write_text(re.sub(r"(<identity kind=\"account\"[^>]*>)", r'\1<identity kind="x12" qualifier="ZZ" id="ACME"/>', acme.read_text(), count=1)
                        .replace("  <sees", '  <accepts document="order" format="x12" set="850" version="004010" guide="x12/004010/850.xsd" map="x12-850_to_order/base.map.xml" process="place-order"/>\n'
                                 "  <sees", 1).replace("</partner>", '  <drops path="inbox/acme" stable="1s" every="1s" limit="8GiB"/>\n</partner>'))
        (site / "inbox/acme").mkdir(parents=True)
    with Gateway("http://127.0.0.1:9", edit=edit, arguments=["--log-level", "warning", "--hold-delivery"]) as gateway:
        time.sleep(1)
        idle = rss_mb(gateway.process.pid)
        began, before = time.monotonic(), cpu_seconds(gateway.process.pid)
        import shutil
        shutil.copyfile(large, gateway.site / "inbox/acme/.coming")
        os.rename(gateway.site / "inbox/acme/.coming", gateway.site / "inbox/acme/large.edi")
        put_away = [gateway.site / "inbox/acme/done", gateway.site / "inbox/acme/failed"]
        began = time.monotonic()
        while not any(d.exists() and any(d.iterdir()) for d in put_away) and time.monotonic() - began < 3600 and gateway.alive():
            time.sleep(0.5)
        took, spent = time.monotonic() - began, cpu_seconds(gateway.process.pid) - before
        most = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{gateway.process.pid}/status").read_text()).group(1)) / 1024
        assert any(put_away[0].iterdir()), [p.read_text()[:500] for p in put_away[1].glob("*.txt")]
        orders = gateway.metrics().get('wayleave_documents_waiting', 0)
        print(f"  dropped into a folder: taken, mapped and stored in {took:.0f} s ({spent:.0f} s of CPU), {large.stat().st_size / 1e6 / took:.1f} MB/s; peak {most:.0f} MB, idle {idle:.0f} MB; waiting {orders:.0f}")


PARTS = {
    "edi": lambda: (program("EDI in", BENCH / "edi_read_bench"), program("EDI out", BENCH / "edi_write_bench")),
    "edi-files": edi_files,
    "read": lambda: program("Validate and build: µs a document over distinct documents in rotation", BENCH / "read_bench", *([ubl()] if ubl() else [])),
    "map": lambda: program("Map: the same mapping by us and by libxslt, tree to bytes", BENCH / "map_bench"),
    "lint": lambda: program("Lint: maps read and checked, their schemas loaded before", BENCH / "lint_bench"),
    "store": lambda: program("Store alone", BENCH / "store_bench"),
    "orders": orders, "deliver": deliver, "feed": feed, "start": start,
}

if __name__ == "__main__":
    print(f"{os.cpu_count()} CPUs, {time.strftime('%Y-%m-%d')}")
    for part in sys.argv[2:] or PARTS:
        PARTS[part]()
        sys.stdout.flush()
