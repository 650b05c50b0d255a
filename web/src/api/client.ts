// The server's interface as its OpenAPI document describes it, with types made from it.
import createClient from "openapi-fetch";
import { Failure } from "./failure";
import type { components, paths } from "./schema";
import { send } from "./send";

type Schemas = components["schemas"];
export type Case = Schemas["CaseRow"];
export type Rising = Schemas["RisingRow"];
export type Match = Schemas["MatchView"];
export type Segment = Schemas["SegmentView"];
export type Borrowed = Schemas["BorrowedView"];
export type Provenance = Schemas["ProvenanceRow"];
export type Source = Schemas["SourceRow"];
export type Band = Schemas["BandRow"];
export type Facets = Schemas["FacetsView"];
export type Timeline = Schemas["TimelineView"];
export type Genealogy = Schemas["GenealogyView"];
export type Shared = Schemas["SharedView"];
export type Verdict = Schemas["VerdictWord"];
export type Bank = Schemas["BankView"];
export type Acting = Schemas["ActingView"];
export type Entry = Schemas["EntryView"];
export type Metadata = Schemas["Metadata"];
export type HistoryRow = Schemas["HistoryView"];
export type Person = Schemas["PersonView"];
export type Progress = Schemas["ProgressRow"];
export type Begun = Schemas["Begun"];

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** What a call answers, or throws as a [`Failure`]. */
export async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let settled;
  try {
    settled = await call;
  } catch (error) {
    throw Failure.of(error);
  }
  if (!settled.response.ok) throw Failure.read(settled.error, settled.response);
  return settled.data as T;
}

/** Loads a picture; answers the address of a copy in memory, which whoever gets it revokes. */
export async function picture(path: string, signal: AbortSignal, by = send): Promise<string> {
  return URL.createObjectURL(await (await loaded(path, signal, by)).blob());
}

/** Loads the bytes of a stretch of sound. */
export async function sound(path: string, signal: AbortSignal): Promise<ArrayBuffer> {
  return (await loaded(path, signal, send)).arrayBuffer();
}

async function loaded(path: string, signal: AbortSignal, by: typeof send): Promise<Response> {
  let response;
  try {
    response = await by(new Request(new URL(path, location.origin), { signal }));
  } catch (error) {
    throw Failure.of(error);
  }
  if (!response.ok) throw Failure.read(await response.json().catch(() => null), response);
  return response;
}
