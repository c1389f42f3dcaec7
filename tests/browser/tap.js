/* tap.js - one line per check, in the Test Anything Protocol; the exit status is 1 when a check failed. */

let count = 0;
let failed = 0;

/* passed: the check's outcome. sentence: what holds. detail: what one needs to see when it does not. */
export function check(passed, sentence, detail = "") {
  count += 1;
  console.log(`${passed ? "ok" : "not ok"} ${count} - ${sentence}`);
  if (!passed) {
    failed += 1;
    for (const line of String(detail).split("\n").slice(0, 30)) console.log(`# ${line.slice(0, 500)}`);
  }
  return passed;
}

export function equal(got, wanted, sentence) {
  return check(got === wanted, sentence, `got    ${JSON.stringify(got)}\nwanted ${JSON.stringify(wanted)}`);
}

export function done() {
  console.log(`1..${count}`);
  process.exit(failed ? 1 : 0);
}

/* The first true result of probe within the time, else its last one. A page that goes away under the question is asked again. */
export async function eventually(probe, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const result = await probe().catch((error) => {
      if (!/context was destroyed|detached/i.test(error.message)) throw error;
    });
    if (result || Date.now() > end) return result;
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
