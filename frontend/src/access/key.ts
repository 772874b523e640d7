/** The key that a server for more than this machine asks for: in this page's memory alone. */

/** Asks the reader; null where none is given. */
type Ask = (refused: boolean) => Promise<string | null>;

let key: string | null = null;
let ask: Ask | null = null;
let asking: Promise<string | null> | null = null;

/** Says who asks the reader for a key; gives back what takes it away again. */
export function askKeysBy(asker: Ask): () => void {
  ask = asker;
  return () => {
    if (ask === asker) ask = null;
  };
}

/** The header of a request; none before a key was given. */
export function authorization(): Record<string, string> {
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

/**
 * Whether there is another key now than the one that was refused.
 *
 * Requests that are refused at the same time share one question.
 *
 * @param sent what the request said for itself, of `authorization`.
 */
export async function otherKey(sent: Record<string, string>): Promise<boolean> {
  if (sent.Authorization !== authorization().Authorization) return true;
  if (!ask) return false;
  asking ??= ask(key !== null).finally(() => {
    asking = null;
  });
  const given = await asking;
  if (given !== null) key = given;
  return given !== null;
}
