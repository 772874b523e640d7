/** What this browser remembers of answers: rows of an IndexedDB, and none while it is off. */

import type { Verdict } from "../apiTypes";

/** One answer. No image, no file name, nothing of a person. */
export interface Row {
  /** Milliseconds since 1970. */
  at: number;
  /** name@version */
  model: string;
  verdict: Verdict;
  score: number | null;
  point: string;
  threshold: number;
  laterality: "L" | "R" | null;
  view: string | null;
}

export const DATABASE = "mammoscope";
const ROWS = "answers";
const KEPT = "mammoscope.history";
const ON = "on";

/** Off until it was turned on here. */
export function isHistoryOn(): boolean {
  return localStorage.getItem(KEPT) === ON;
}

export function turnHistory(on: boolean): void {
  if (on) localStorage.setItem(KEPT, ON);
  else localStorage.removeItem(KEPT);
}

export async function addRows(rows: readonly Row[]): Promise<void> {
  const database = await opened(true);
  if (!database) return;
  try {
    const transaction = database.transaction(ROWS, "readwrite");
    for (const row of rows) transaction.objectStore(ROWS).add(row);
    await completed(transaction);
  } finally {
    database.close();
  }
}

/** Newest first; looking makes no database where there is none. */
export async function readRows(): Promise<Row[]> {
  const database = await opened(false);
  if (!database) return [];
  try {
    const request = database.transaction(ROWS).objectStore(ROWS).getAll() as IDBRequest<Row[]>;
    return (await answered(request)).reverse();
  } finally {
    database.close();
  }
}

/** The whole database goes, not only its rows. */
export async function eraseRows(): Promise<void> {
  await answered(indexedDB.deleteDatabase(DATABASE));
}

/** null where there is none and none is to be made. */
function opened(make: boolean): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    let absent = false;
    request.onupgradeneeded = () => {
      if (make) {
        request.result.createObjectStore(ROWS, { autoIncrement: true });
      } else {
        absent = true;
        request.transaction?.abort();
      }
    };
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      if (absent) resolve(null);
      else reject(failed(request.error));
    };
  });
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(failed(request.error));
    };
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onerror = transaction.onabort = () => {
      reject(failed(transaction.error));
    };
  });
}

function failed(error: DOMException | null): Error {
  return error ?? new Error("the browser's database gave no reason");
}
