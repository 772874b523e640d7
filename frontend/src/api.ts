/** Calls to the server; every failure comes out as one `ApiError` with a problem document. */

import { authorization, otherKey } from "./access/key";
import type {
  Example,
  Heatmap,
  Modality,
  Models,
  Prediction,
  Problem,
  Reading,
  Study,
  StudySummary,
} from "./apiTypes";
import { type DecodedImage, decodeImage } from "./maths/decodeImage";
import { sendForm } from "./sendForm";

/** The `type` of the problem that no server answered. */
export const UNREACHABLE = "unreachable";

/** Ends the `type` of the server's problem that a key solves. */
const NO_VALID_KEY = "#no-valid-key";

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
  }
}

export async function fetchModels(signal: AbortSignal): Promise<Models> {
  return (await (await answered("/api/models", { signal })).json()) as Models;
}

export async function fetchExamples(signal: AbortSignal): Promise<Example[]> {
  return (await (await answered("/api/examples", { signal })).json()) as Example[];
}

export async function fetchStudies(signal: AbortSignal): Promise<StudySummary[]> {
  return (await (await answered("/api/studies", { signal })).json()) as StudySummary[];
}

export async function fetchStudy(name: string, signal: AbortSignal): Promise<Study> {
  const url = `/api/studies/${encodeURIComponent(name)}`;
  return (await (await answered(url, { signal })).json()) as Study;
}

export async function fetchExample(example: Example, signal: AbortSignal): Promise<Blob> {
  return (await answered(example.url, { signal })).blob();
}

/**
 * The pixels as they were decoded, for the page to window by itself.
 *
 * `onSent` is told of the upload: from 0 to 1.
 */
export async function fetchImage(
  file: Blob,
  modality: Modality,
  signal: AbortSignal,
  onSent: (share: number) => void,
): Promise<DecodedImage> {
  const body = upload(file);
  body.append("modality", modality);
  const response = await answer((key) => sendForm("/api/images", body, key, signal, onSent), signal);
  const bytes = await response.arrayBuffer();
  try {
    return decodeImage(bytes);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new ApiError({
      ...problem("The server's image could not be read", error.message, 0),
      type: "#unreadable-image",
    });
  }
}

/** One prediction a model, in the order asked for; "cannot assess" is an answer, not an error. */
export async function fetchPredictions(
  file: Blob,
  models: readonly string[],
  signal: AbortSignal,
): Promise<Prediction[]> {
  const body = upload(file);
  for (const model of models) body.append("model", model);
  try {
    return await predictions(body, signal);
  } catch (error) {
    if (error instanceof ApiError && error.problem.predictions) return error.problem.predictions;
    throw error;
  }
}

/** The map of one model's answer, asked for apart: some take dozens of passes of the model. */
export async function fetchMap(file: Blob, model: string, signal: AbortSignal): Promise<Heatmap> {
  const body = upload(file);
  body.append("model", model);
  body.append("include", "heatmap");
  const heatmap = (await predictions(body, signal))[0]?.heatmap;
  if (!heatmap) throw new ApiError({
      ...problem("The map is missing", "The server sent none.", 0),
      type: "#no-map",
    });
  return heatmap;
}

/** A problem document for what went wrong on this side. */
export function problem(title: string, detail: string, status: number): Problem {
  return { type: "about:blank", title, detail, status };
}

/** The problem of an error; anything unforeseen is said to be so, not hidden. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : "";
  return { ...problem("The page failed", detail, 0), type: "#page-failed" };
}

async function predictions(body: FormData, signal: AbortSignal): Promise<Prediction[]> {
  const response = await answered("/api/predictions", { method: "POST", body, signal });
  return ((await response.json()) as Reading).predictions;
}

function upload(file: Blob): FormData {
  const form = new FormData();
  // A file's own name is often a patient's name: it never leaves the browser.
  form.append("file", file, "image");
  return form;
}

function answered(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  return answer((headers) => fetch(url, { ...init, headers }), init.signal);
}

type Ask = (headers: Record<string, string>) => Promise<Response>;

async function answer(ask: Ask, signal: AbortSignal): Promise<Response> {
  const key = authorization();
  let response: Response;
  try {
    response = await ask(key);
  } catch (error) {
    if (signal.aborted) throw error;
    const lost = problem("The server could not be reached", "Check that it is running, then try again.", 0);
    throw new ApiError({ ...lost, type: UNREACHABLE });
  }
  if (response.ok) return response;
  const refusal = await problemDocument(response);
  if (refusal.type.endsWith(NO_VALID_KEY) && (await otherKey(key))) {
    signal.throwIfAborted();
    return answer(ask, signal);
  }
  throw new ApiError(refusal);
}

async function problemDocument(response: Response): Promise<Problem> {
  const { status } = response;
  const fallback = { ...problem(`The server answered ${status}`, "", status), type: "#answered" };
  // A proxy in between answers in HTML.
  if (!response.headers.get("content-type")?.includes("json")) return fallback;
  return { ...fallback, ...((await response.json()) as Partial<Problem>) };
}
