// Reads {secret, headers, body} a line from standard input and says for each whether it verifies.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    const message = new Webhook(secret).verify(body, headers);
    console.log(JSON.stringify({ verified: true, type: message.type }));
  } catch (error) {
    console.log(JSON.stringify({ verified: false, error: error.constructor.name }));
  }
}
