import { afterEach, describe, expect, it, vi } from "vitest";

import {
  ApiError,
  fetchImage,
  fetchMap,
  fetchModels,
  fetchPredictions,
  problemOf,
  UNREACHABLE,
} from "./api";
import { sendForm } from "./sendForm";

vi.mock("./sendForm");

const SIGNAL = new AbortController().signal;

function answer(body: BodyInit, status: number, type: string) {
  const fetched = vi.fn<typeof fetch>(() =>
    Promise.resolve(new Response(body, { status, headers: { "content-type": type } })),
  );
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

function sent(body: Uint8Array<ArrayBuffer>) {
  vi.mocked(sendForm).mockResolvedValue(new Response(body));
}

function problem(document: object, status: number) {
  return answer(JSON.stringify(document), status, "application/problem+json");
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("fetchPredictions", () => {
  it("sends the bytes and the models, and never the file's own name", async () => {
    const fetched = answer('{"predictions": []}', 200, "application/json");
    await fetchPredictions(new File(["x"], "DOE^JANE.dcm"), ["a", "b"], SIGNAL);
    const form = fetched.mock.calls[0]?.[1]?.body as FormData;
    expect((form.get("file") as File).name).toBe("image");
    expect(form.getAll("model")).toEqual(["a", "b"]);
    expect(form.get("include")).toBeNull();
  });

  it("takes a 422 with predictions as an answer", async () => {
    const none = { model: "a@1", verdict: "cannot assess", reason: "uniform", score: null };
    problem({ title: "Cannot assess", status: 422, detail: "d", predictions: [none] }, 422);
    expect(await fetchPredictions(new Blob(), ["a"], SIGNAL)).toEqual([none]);
  });

  it("takes a 422 without predictions as a problem", async () => {
    problem({ title: "Cut off", status: 422, detail: "The file ends early." }, 422);
    await expect(fetchPredictions(new Blob(), ["a"], SIGNAL)).rejects.toThrow(
      "The file ends early.",
    );
  });
});

describe("fetchMap", () => {
  it("asks one model for its map and nothing else", async () => {
    const heatmap = { method: "membership", grid: [[1]] };
    const fetched = answer(JSON.stringify({ predictions: [{ heatmap }] }), 200, "application/json");
    expect(await fetchMap(new Blob(), "a@1", SIGNAL)).toEqual(heatmap);
    const form = fetched.mock.calls[0]?.[1]?.body as FormData;
    expect(form.getAll("model")).toEqual(["a@1"]);
    expect(form.get("include")).toBe("heatmap");
  });

  it("has a sentence where there is none", async () => {
    answer('{"predictions": [{"heatmap": null}]}', 200, "application/json");
    await expect(fetchMap(new Blob(), "a@1", SIGNAL)).rejects.toThrow("The server sent none.");
  });
});

describe("fetchImage", () => {
  it("says what the picture is to be read as, and never the file's own name", async () => {
    sent(new Uint8Array());
    const file = new File(["x"], "DOE^JANE.dcm");
    await expect(fetchImage(file, "histology", SIGNAL, vi.fn())).rejects.toThrow(ApiError);
    const form = vi.mocked(sendForm).mock.lastCall?.[1];
    expect(form?.get("modality")).toBe("histology");
    expect((form?.get("file") as File).name).toBe("image");
  });
});

describe("failures", () => {
  const failure = async () => fetchModels(SIGNAL).then(() => null, problemOf);

  it("keep the server's own title and detail", async () => {
    problem({ title: "Too large", status: 413, detail: "70 MB; at most 64 MB." }, 413);
    expect(await failure()).toMatchObject({ title: "Too large", detail: "70 MB; at most 64 MB." });
  });

  it("have a sentence when a proxy answers in HTML", async () => {
    answer("<h1>Bad gateway</h1>", 502, "text/html");
    expect(await failure()).toMatchObject({ title: "The server answered 502", detail: "" });
  });

  it("have a sentence when nobody answers", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    expect(await failure()).toMatchObject({ type: UNREACHABLE });
  });

  it("have a sentence when the image's body is cut off", async () => {
    sent(new Uint8Array([1, 0, 0, 0]));
    await expect(fetchImage(new Blob(), "mammogram", SIGNAL, vi.fn())).rejects.toThrow(ApiError);
  });
});
