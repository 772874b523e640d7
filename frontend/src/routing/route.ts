/** Which page the address names: what follows its `#/`. */

export type Route =
  | { page: "room" }
  | { page: "models" }
  | { page: "model"; reference: string }
  | { page: "study"; name: string | null }
  | { page: "history" };

export const ROOM: Route = { page: "room" };

export const ROOM_LINK = "#/";
export const MODELS_LINK = "#/models";
export const HISTORY_LINK = "#/history";

/** The page of a model's card, by its `name@version`. */
export function modelLink(reference: string): string {
  return `${MODELS_LINK}/${reference.split("@").map(encodeURIComponent).join("@")}`;
}

/** The page of a study; without a name that of the first one. */
export function studyLink(name?: string): string {
  return name === undefined ? "#/study" : `#/study/${encodeURIComponent(name)}`;
}

/** null for an anchor within a page, such as `#image`, and for an address that is none of ours. */
export function routeOf(hash: string): Route | null {
  if (hash === "" || hash === "#") return ROOM;
  if (!hash.startsWith("#/")) return null;
  const [page = "", ...rest] = hash.slice(2).split("/");
  const name = decoded(rest.join("/"));
  if (name === null) return null;
  if (page === "" && name === "") return ROOM;
  if (page === "history" && name === "") return { page };
  if (page === "models") return name === "" ? { page } : { page: "model", reference: name };
  if (page === "study") return { page, name: name || null };
  return null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
