/** Giving images, and what becomes of them. */
export const upload = {
  choose: "Choose",
  chooseFiles: "Choose image files",
  imageFiles: "Image files",
  hint:
    "Or drop them anywhere on this page, or paste. DICOM, PNG, JPEG, TIFF or PGM; the views of an " +
    "exam together. The page keeps nothing and does not send a file’s name.",
  examples: "Synthetic mammograms",
  /** By the example's name; what is not here has the server's own title. */
  exampleTitles: {
    "left-mlo": "Left MLO without a lesion",
    "left-mlo-mass": "The same left MLO with a mass",
    "right-cc": "Right CC without a lesion",
    "right-cc-calcifications": "The same right CC with a microcalcification cluster",
    "exam-left-mass": "A whole exam: four views, a mass in the left breast",
  } as Record<string, string>,
  drop: { mammogram: "Drop the mammograms to read them", histology: "Drop the H&E patches to read them" },

  sending: (percent: number) => `Sending: ${percent} %`,
  sendingOf: (done: number, count: number, percent: number) =>
    `Sending: ${done} of ${count} images sent, ${percent} %`,
  decoding: "Decoding the image…",
  decodingOf: (done: number, count: number) => `Decoding: ${done} of ${count} images done`,
  judging: "The models are reading…",
  judgingOf: (done: number, count: number) => `The models are reading: ${done} of ${count} images done`,
  cancel: "Cancel",
  cancelled: "Stopped.",
  retry: "Try again",
  remove: "Remove",
  fileOf: (number: number, count: number) => `File ${number} of ${count}`,

  /** The end of an error's sentence comes from the server, in English. */
  unreachable: "The server could not be reached",
  unreachableDetail: "Check that it is running, then try again.",
  offline: "This device is offline. A server on another machine cannot be reached until it is back.",
  tooMany: "Too many files at once",
  tooManyDetail: (count: number, most: number) => `${count} files came; give at most ${most}.`,
  answered: (status: number) => `The server answered ${status}`,
  problems: {
    "unreadable-image": "The server’s image could not be read",
    "no-map": "The map is missing",
    "page-failed": "The page failed",
    "bad-request": "The request is malformed",
    "upload-timeout": "The upload took too long",
    "too-large": "The upload is too large",
    "unsupported-format": "Not an image of a kind that is read",
    "cannot-decode": "The image cannot be decoded",
    "cannot-assess": "No model could assess the image",
    "model-not-found": "No such model",
    "internal-error": "The server failed",
    busy: "The server is busy",
  } as Record<string, string>,
};
