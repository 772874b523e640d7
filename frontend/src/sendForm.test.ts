import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { sendForm } from "./sendForm";

/** Stands in for the browser's: the test plays the network. */
class FakeRequest {
  static last: FakeRequest;
  upload: Record<string, (event: object) => void> = {};
  responseType = "";
  response: ArrayBuffer = new TextEncoder().encode("body").buffer;
  status = 200;
  onload = () => undefined;
  onerror = () => undefined;
  onabort = () => undefined;
  onloadend = () => undefined;
  open = vi.fn();
  send = vi.fn();

  constructor() {
    FakeRequest.last = this;
  }

  abort() {
    this.onabort();
    this.onloadend();
  }

  getResponseHeader() {
    return "text/plain";
  }

  sent(loaded: number, total: number) {
    this.upload.onprogress?.({ lengthComputable: true, loaded, total });
  }
}

beforeEach(() => {
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("sendForm", () => {
  it("tells how much is through, and answers like fetch", async () => {
    const shares: number[] = [];
    const body = new FormData();
    const answered = sendForm("/api/x", body, {}, new AbortController().signal, (share) =>
      shares.push(share),
    );
    const request = FakeRequest.last;
    expect(request.open).toHaveBeenCalledWith("POST", "/api/x");
    expect(request.send).toHaveBeenCalledWith(body);
    request.sent(1, 4);
    request.sent(3, 4);
    // The browser calls all of it sent before it says so: that must not be told twice.
    request.sent(4, 4);
    request.upload.onload?.({});
    expect(shares).toEqual([0.25, 0.75, 1]);
    request.status = 503;
    request.onload();
    const response = await answered;
    expect([response.status, response.headers.get("content-type")]).toEqual([503, "text/plain"]);
    expect(await response.text()).toBe("body");
  });

  it("fails like fetch when nobody answers", async () => {
    const answered = sendForm("/api/x", new FormData(), {}, new AbortController().signal, vi.fn());
    FakeRequest.last.onerror();
    await expect(answered).rejects.toThrow(TypeError);
  });

  it("gives up with its signal, and does not start with one that was given up", async () => {
    const controller = new AbortController();
    const answered = sendForm("/api/x", new FormData(), {}, controller.signal, vi.fn());
    controller.abort();
    await expect(answered).rejects.toThrow("given up");
    const before = FakeRequest.last;
    await expect(sendForm("/api/x", new FormData(), {}, controller.signal, vi.fn())).rejects.toThrow();
    expect(FakeRequest.last).toBe(before);
  });
});
