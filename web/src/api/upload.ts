// Sends a file with its progress, which `fetch` does not tell. The browser reads the file from the disk piece by
// piece, however large it is.
import type { components } from "./schema";
import { Failure } from "./failure";
import { gate } from "./send";

type Added = components["schemas"]["AddedView"];
/** What is added: where, what people say of it, and what this attempt is called. */
export type Addition = { readonly bank: string; readonly metadata: object; readonly file: File; readonly request: string };
type Progress = { sent: (bytes: number) => void; allSent: () => void };

/** Adds a file to a bank. Aborting `signal` ends the sending. */
export async function upload(addition: Addition, progress: Progress, signal: AbortSignal): Promise<Added> {
  try {
    return await post(addition, progress, signal);
  } catch (error) {
    const failure = Failure.of(error);
    if (failure.status !== 401 || !(await gate.signInAgain())) throw error;
    return post(addition, progress, signal);
  }
}

function post({ bank, metadata, file, request: name }: Addition, progress: Progress, signal: AbortSignal): Promise<Added> {
  const body = new FormData();
  // The server wants to know what comes before a long file does.
  body.append("metadata", JSON.stringify(metadata));
  body.append("file", file, "file");
  const request = new XMLHttpRequest();
  request.open("POST", `/api/v1/banks/${encodeURIComponent(bank)}/entries?request=${name}`);
  request.responseType = "json";
  if (gate.csrf) request.setRequestHeader("x-csrf-token", gate.csrf);
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => progress.sent(Math.min(event.loaded, file.size)));
    request.upload.addEventListener("load", progress.allSent);
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(request.response as Added);
      else reject(Failure.read(request.response, { status: request.status }));
    });
    request.addEventListener("error", () => reject(new Failure("network", "", 0)));
    request.addEventListener("abort", () => reject(new Failure("aborted", "", 0)));
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) reject(new Failure("aborted", "", 0));
    else request.send(body);
  });
}
