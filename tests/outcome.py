"""outcome.py - running one test program, and reading from its output how many tests passed and failed."""
import collections
import hashlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess

Outcome = collections.namedtuple("Outcome", "passed failed skipped remark")
LOG_BYTES = 4 << 20
FILE_BYTES = 1 << 30  # more no test may write into one file: its own output above all
SANITIZERS = re.compile(r"ERROR: (Address|Leak|Thread|Memory)Sanitizer|: runtime error: |Assertion .* failed")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def read(log):
    """The log's text; of a very long one, its beginning and its end."""
    with open(log, "rb") as file:
        text = file.read(LOG_BYTES)
        rest = os.fstat(file.fileno()).st_size - 2 * LOG_BYTES
        if rest > 0:
            text += f"\n... {rest} bytes ...\n".encode()
            file.seek(-LOG_BYTES, os.SEEK_END)
        text += file.read(LOG_BYTES)
    return text.decode(errors="replace")


def tail(log, lines):
    return "".join(line + "\n" for line in read(log).splitlines()[-lines:])


def failures(log):
    """What one wants to see of a failed test: its failing checks, and its last words."""
    lines = read(log).splitlines()
    bad = [line for line in lines[:-25] if line.startswith("not ok")]
    return "\n".join("      | " + line for line in bad[:20] + lines[-25:] + [f"all of it: {log}"])


def execute(command, environment, log, timeout_s):
    """Its exit status, or None when it had to be killed."""
    with open(log, "wb") as out:
        child = subprocess.Popen(command, env={**environment, "CMOCKA_MESSAGE_OUTPUT": "TAP"}, stdin=subprocess.DEVNULL,
                                 stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES)))
        try:
            return child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            child.wait()


def count(text, status):
    """TAP, or Python's unittest, or nothing but the exit status. A program that stops half way has failed the rest."""
    skipped = len(re.findall(r"^ok\b.*# SKIP", text, re.M | re.I))
    passed = len(re.findall(r"^ok\b", text, re.M)) - skipped
    failed = len(re.findall(r"^not ok\b", text, re.M))
    planned = sum(int(n) for n in re.findall(r"^1\.\.(\d+)", text, re.M))
    unittest = re.search(r"^Ran (\d+) tests? in", text, re.M)
    if unittest and not passed and not failed:
        bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", text))
        skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", text))
        passed, failed = int(unittest.group(1)) - bad - skipped, bad
    failed += max(0, planned - passed - failed - skipped)
    if status != 0 and failed == 0:
        failed = 1
    if passed + failed + skipped == 0:
        passed = 1
    return passed, failed, skipped


def of(command, environment, log, timeout_s):
    status = execute(command, environment, log, timeout_s)
    text = read(log)
    remark = ""
    if status is None:
        remark = f"killed after {timeout_s} s"
    elif status < 0:
        remark = f"died of {signal.Signals(-status).name}"
    elif SANITIZERS.search(text):
        remark = "a sanitizer spoke"
    return Outcome(*count(text, status), remark)


def of_logs(folder, log):
    """One test: no sanitizer and no failed assertion speaks in the logs of the shop's processes."""
    found = [f"{path}: {line}" for path in sorted(folder.glob("*/*")) if path.is_file()
             for line in path.read_text(errors="replace").splitlines() if SANITIZERS.search(line)]
    log.write_text("\n".join(found))
    return Outcome(0 if found else 1, 1 if found else 0, 0, "")


def of_fuzzing(test, environment, log, seconds):
    """One test for the target, and one more if it says what it covers ("covers: services/lib/msg/decode.c 95")."""
    program = f"build/fuzz/{test.name}"
    found = pathlib.Path("build/fuzz/corpus") / pathlib.Path(test.name).name
    found.mkdir(parents=True, exist_ok=True)
    known = pathlib.Path(test.name.removesuffix("_fuzz") + "_corpus")
    profile = pathlib.Path(f"{program}.profraw")
    status = execute([program, f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1",
                      f"-artifact_prefix={log.parent}/{pathlib.Path(test.name).name}-", str(found)]
                     + ([str(known)] if known.is_dir() else []),
                     {**environment, "LLVM_PROFILE_FILE": str(profile)}, log, seconds + 60)
    if status != 0:
        return Outcome(0, 1, 0, "the input that broke it lies beside the log")
    runs = re.search(r"stat::number_of_executed_units: (\d+)", read(log))
    remark = f"{int(runs.group(1)):,} inputs" if runs else ""
    if "covers" not in test.said:
        return Outcome(1, 0, 0, remark)
    *sources, wanted = test.said["covers"].split()
    share = coverage(program, profile, sources)
    remark += f"; they reach {share:.1f} % of {' '.join(sources)}, wanted {wanted} %"
    return Outcome(1 + (share >= float(wanted)), int(share < float(wanted)), 0, remark)


def coverage(program, profile, sources):
    """Per cent of the lines of some sources that the inputs reached."""
    merged = profile.with_suffix(".profdata")
    subprocess.run([_llvm("llvm-profdata"), "merge", "-o", merged, profile], check=True)
    report = subprocess.run([_llvm("llvm-cov"), "export", "-summary-only", "-format=lcov", f"-instr-profile={merged}", program,
                             *sources], check=True, capture_output=True, text=True).stdout
    hit, lines = (sum(int(n) for n in re.findall(rf"^{key}:(\d+)", report, re.M)) for key in ("LH", "LF"))
    return 100 * hit / lines if lines else 0.0


def _llvm(tool):
    """Debian names them llvm-cov or llvm-cov-14."""
    return shutil.which(tool) or str(max(pathlib.Path("/usr/bin").glob(f"{tool}-*")))
