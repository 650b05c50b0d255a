// The real program with a data folder of its own, on a free port.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const BINARY = process.env["LAMASSU_BINARY"] ?? new URL("../../target/debug/lamassu", import.meta.url).pathname;

/** What is told of an item. */
type Item = { id: string; state: string; outcome: string; case: string | null };
export type Settings = { undo_ms?: number; policy?: string };

export class Server {
  url = "";
  setupLink: string | null = null;
  #process: ChildProcess | null = null;
  #gone: Promise<unknown> = Promise.resolve();
  #key: string | null = null;

  private constructor(
    readonly folder: string,
    readonly data: string,
  ) {}

  static async start({ undo_ms = 60_000, policy = "" }: Settings = {}): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "lamassu-console-"));
    const server = new Server(folder, join(folder, "data"));
    mkdirSync(server.data, { mode: 0o700 });
    const settings = `[review]\nundo_ms = ${undo_ms}\n\n[outward]\nallow_private_targets = ["127.0.0.1/32"]\n`;
    writeFileSync(join(server.data, "lamassu.toml"), settings);
    writeFileSync(join(server.data, "policy.toml"), policy);
    await server.run("127.0.0.1:0");
    return server;
  }

  /** Starts the program and waits until it says where it listens. */
  async run(listen: string): Promise<void> {
    const started = spawn(BINARY, ["--data", this.data, "serve", "--listen", listen], { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = started;
    this.#gone = new Promise((resolve) => started.once("exit", resolve));
    const log: string[] = [];
    this.url = await new Promise((resolve, reject) => {
      let url = "";
      const read = (line: string): void => {
        log.push(line);
        url ||= /^serving .* at (http:\/\/\S+);/.exec(line)?.[1] ?? "";
        this.setupLink = /administrator, once: (\S+)/.exec(line)?.[1] ?? this.setupLink;
        // The link to set it up comes last, and only as long as nobody has.
        if (url && this.setupLink) resolve(url);
      };
      for (const stream of [started.stdout, started.stderr]) createInterface({ input: stream }).on("line", read);
      started.once("exit", () => reject(new Error(`the server did not start:\n${log.join("\n")}`)));
    });
  }

  /** Ends it without a word, as a power cut does. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#gone;
  }

  /** Starts it again at the same address. */
  async restart(): Promise<void> {
    await this.run(new URL(this.url).host);
  }

  async stop(): Promise<void> {
    this.#process?.kill("SIGTERM");
    await this.#gone;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a command of the program, and answers what it printed last. */
  command<T>(...words: string[]): T {
    const text = execFileSync(BINARY, ["--data", this.data, "--format", "json", ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return JSON.parse(text.trim().split("\n").at(-1) || "null") as T;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Sends an item in as a platform does, and waits for its outcome. */
  async item(reference: string, file: string, account = "u-1042"): Promise<Item> {
    this.#key ??= this.command<{ secret: string }>("key", "create", "platform", "--scope", "items").secret;
    const body = new FormData();
    body.append("item", JSON.stringify({ reference, account }));
    body.append("file", new Blob([readFileSync(file)]), "file");
    const headers = { authorization: `Bearer ${this.#key}` };
    const answer = await fetch(`${this.url}/api/v1/items?wait_ms=20000`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`the item was refused: ${answer.status}`);
    let { item } = (await answer.json()) as { item: Item };
    // A slow machine takes longer than one request may wait.
    while (item.state === "queued") item = (await (await fetch(`${this.url}/api/v1/items/${item.id}?wait_ms=20000`, { headers })).json()) as Item;
    return item;
  }

  /** Adds an entry as an operator does. */
  bank(name: string, file: string, title: string): void {
    this.command("bank", "add", name, file, "--title", title);
  }
}
