#!/usr/bin/env node
// A customer's side in Node, without packages.
//   client.mjs order  GATEWAY TOKEN FILE
//   client.mjs follow GATEWAY TOKEN FEED [CURSOR] [COUNT]
//   client.mjs verify SECRET < request.json        {"headers": {…}, "body": "…"}
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function order(gateway, token, file) {
  const document = readFileSync(file);
  const headers = {
    authorization: `Bearer ${token}`, prefer: 'wait=10',
    'idempotency-key': createHash('sha256').update(document).digest('hex'),
  };
  for (let attempt = 0; attempt < 6; attempt++) {
    try {
      const reply = await fetch(`${gateway}/v1/documents`, { method: 'POST', headers, body: document });
      const body = await reply.text();
      if (reply.status !== 429 && reply.status !== 503) {
        console.log(body);
        return reply.ok ? 0 : 1;
      }
    } catch (broken) { // the answer was lost: the key makes asking again safe
      console.error(`trying again: ${broken.message}`);
    }
    await pause(1000 * 2 ** attempt);
  }
  return 2;
}

async function* events(gateway, token, feed, cursor) {
  for (;;) {
    try {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
      if (cursor) headers['last-event-id'] = cursor;
      const reply = await fetch(`${gateway}/v1/feeds/${feed}/events`, { headers });
      if (reply.status !== 200) throw Object.assign(new Error(`${reply.status} ${await reply.text()}`), { final: true });
      let rest = '';
      const decoder = new TextDecoder();
      for await (const piece of reply.body) {
        rest += decoder.decode(piece, { stream: true });
        let end;
        while ((end = rest.indexOf('\n\n')) >= 0) {
          const fields = Object.fromEntries(rest.slice(0, end).split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]));
          rest = rest.slice(end + 2);
          if (fields.data === undefined) continue;
          cursor = fields.id;
          yield [cursor, fields.data];
        }
      }
    } catch (broken) {
      if (broken.final) throw broken;
      await pause(1000);
    }
  }
}

async function follow(gateway, token, feed, cursor = '', count = '0') {
  let number = 0;
  for await (const [at, body] of events(gateway, token, feed, cursor)) {
    console.log(at, body); // keep `at` only after the event was dealt with
    if (++number === Number(count)) return 0;
  }
  return 0;
}

async function verify(secret) {
  const request = JSON.parse(readFileSync(0, 'utf8'));
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${request.body}`).digest();
  const fresh = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) <= 300;
  const genuine = fresh && headers['webhook-signature'].split(' ').some((each) => {
    const given = Buffer.from(each.replace(/^v1,/, ''), 'base64');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
  console.log(genuine ? 'genuine' : 'forged');
  return genuine ? 0 : 1;
}

const [command, ...rest] = process.argv.slice(2);
const commands = { order, follow, verify };
if (!commands[command]) {
  console.error('client.mjs order|follow|verify …');
  process.exit(2);
}
process.exit(await commands[command](...rest));
