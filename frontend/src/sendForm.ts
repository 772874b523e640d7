/** A form sent with word of how much of it is through, which `fetch` cannot give. */

/**
 * The server's answer, of whatever status.
 *
 * @param headers beside those of the form itself.
 * @param onSent told the share of the body that was sent, from 0 to 1; 1 once all of it is.
 * @throws TypeError if nobody answered, as of `fetch`; the signal's reason if it was given up.
 */
export function sendForm(
  url: string,
  body: FormData,
  headers: Record<string, string>,
  signal: AbortSignal,
  onSent: (share: number) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const giveUp = () => {
      request.abort();
    };
    request.open("POST", url);
    request.responseType = "arraybuffer";
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => {
      if (lengthComputable && loaded < total) onSent(loaded / total);
    };
    request.upload.onload = () => {
      onSent(1);
    };
    request.onload = () => {
      resolve(
        new Response(request.response as ArrayBuffer, {
          status: request.status,
          headers: { "content-type": request.getResponseHeader("content-type") ?? "" },
        }),
      );
    };
    request.onerror = () => {
      reject(new TypeError("nobody answered"));
    };
    request.onabort = () => {
      reject(new DOMException("given up", "AbortError"));
    };
    request.onloadend = () => {
      signal.removeEventListener("abort", giveUp);
    };
    signal.addEventListener("abort", giveUp);
    request.send(body);
  });
}
