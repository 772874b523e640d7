import { describe, expect, it } from "vitest";

import { decodeImage } from "./decodeImage";

const HEADER = { rows: 2, columns: 3, channels: 1, pixel_aspect: 1, laterality: "L", view: "MLO" };
const PLANE_BYTES = [0x00, 0x00, 0x01, 0x00, 0x00, 0x01, 0xff, 0x00, 0x00, 0xff, 0xff, 0xff];

function body(header: string, plane: number[]): ArrayBuffer {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(4 + text.length + plane.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(plane, 4 + text.length);
  return bytes.buffer;
}

function padded(text: string, remainder: number): string {
  return text.padEnd(text.length + ((remainder - (text.length % 4) + 4) % 4), " ");
}

describe("decodeImage", () => {
  it("reads the header and the low byte first", () => {
    const { header, plane } = decodeImage(body(padded(JSON.stringify(HEADER), 0), PLANE_BYTES));
    expect(header).toEqual(HEADER);
    expect([plane.rows, plane.columns]).toEqual([2, 3]);
    expect([...plane.pixels]).toEqual([0, 1, 256, 255, 65280, 65535]);
  });

  it("reads a plane that starts at an odd offset all the same", () => {
    const { plane } = decodeImage(body(padded(JSON.stringify(HEADER), 1), PLANE_BYTES));
    expect([...plane.pixels]).toEqual([0, 1, 256, 255, 65280, 65535]);
  });

  it("reads three samples a pixel of a picture in colour", () => {
    const colour = { ...HEADER, rows: 1, columns: 2, channels: 3 };
    const { plane } = decodeImage(body(padded(JSON.stringify(colour), 0), PLANE_BYTES));
    expect([plane.columns, plane.channels, plane.pixels.length]).toEqual([2, 3, 6]);
  });

  it("refuses a plane that is not as long as the header says", () => {
    const short = body(padded(JSON.stringify(HEADER), 0), PLANE_BYTES.slice(2));
    expect(() => decodeImage(short)).toThrow("image plane has 10 bytes; expected 12");
  });

  it("refuses a header that is cut off, and an empty body", () => {
    const cut = new ArrayBuffer(8);
    new DataView(cut).setUint32(0, 5, true);
    expect(() => decodeImage(cut)).toThrow("image header of 5 bytes is cut off");
    expect(() => decodeImage(new ArrayBuffer(2))).toThrow("2 bytes");
  });
});
