/** The body of `POST /api/images`: a header and one 16-bit plane. */

import type { PlaneHeader } from "../apiTypes";
import type { Plane } from "../viewer/plane";

export interface DecodedImage {
  header: PlaneHeader;
  plane: Plane;
}

const LENGTH_BYTES = 4;

/**
 * The header and the plane of a body.
 *
 * @throws RangeError if the body is not as long as its own header says.
 */
export function decodeImage(body: ArrayBuffer): DecodedImage {
  if (body.byteLength < LENGTH_BYTES) {
    throw new RangeError(`image answer has ${body.byteLength} bytes; expected at least 4`);
  }
  const headerBytes = new DataView(body).getUint32(0, true);
  const start = LENGTH_BYTES + headerBytes;
  if (start > body.byteLength) {
    throw new RangeError(`image header of ${headerBytes} bytes is cut off`);
  }
  const text = new TextDecoder().decode(new Uint8Array(body, LENGTH_BYTES, headerBytes));
  const header = JSON.parse(text) as PlaneHeader;
  const { rows, columns, channels } = header;
  const count = rows * columns * channels;
  const expected = count * 2;
  if (body.byteLength - start !== expected) {
    throw new RangeError(
      `image plane has ${body.byteLength - start} bytes; ` +
        `expected ${expected} for ${rows} rows of ${columns} pixels of ${channels} channels`,
    );
  }
  return { header, plane: { rows, columns, channels, pixels: littleEndian(body, start, count) } };
}

function littleEndian(body: ArrayBuffer, start: number, count: number): Uint16Array {
  // A typed array reads in the machine's own order and wants an even offset.
  if (start % 2 === 0 && isLittleEndianMachine()) return new Uint16Array(body, start, count);
  const view = new DataView(body, start);
  return Uint16Array.from({ length: count }, (_, i) => view.getUint16(2 * i, true));
}

function isLittleEndianMachine(): boolean {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
}
