// A platform's end of the webhook, which trusts nothing that somebody else's library does not verify.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

export type Message = { type: string; data: Record<string, unknown> };

export class Receiver {
  readonly #messages: Message[] = [];
  #told: (() => void)[] = [];
  #secret = "";

  private constructor(readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const receiver: Receiver = new Receiver(
      createServer((request, response) => {
        const pieces: Buffer[] = [];
        request.on("data", (piece: Buffer) => pieces.push(piece));
        request.on("end", () => {
          const body = Buffer.concat(pieces).toString("utf8");
          response.writeHead(receiver.#take(body, request.headers as Record<string, string>)).end();
        });
      }),
    );
    await new Promise<void>((resolve) => receiver.server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/lamassu`;
  }

  trust(secret: string): void {
    this.#secret = secret;
  }

  /** The next genuine message. */
  async next(): Promise<Message> {
    for (;;) {
      const message = this.#messages.shift();
      if (message) return message;
      await new Promise<void>((resolve) => this.#told.push(resolve));
    }
  }

  stop(): void {
    this.server.close();
  }

  #take(body: string, headers: Record<string, string>): number {
    try {
      this.#messages.push(new Webhook(this.#secret).verify(body, headers) as Message);
    } catch {
      return 400;
    }
    const told = this.#told;
    this.#told = [];
    for (const tell of told) tell();
    return 204;
  }
}
