/** Several views of one woman. */
export const exam = {
  exam: "Exam",
  patches: "Patches",
  places: {
    "R-CC": "Right CC",
    "L-CC": "Left CC",
    "R-MLO": "Right MLO",
    "L-MLO": "Left MLO",
    R: "Right, other view",
    L: "Left, other view",
  },
  unplaced: "Not placed",
  unread: "Files that could not be read",
  noImage: "No image",
  image: (number: number) => `Image ${number}`,
  hungImage: (place: string, number: number) => `${place}, image ${number}`,
  place: (number: number) => `Place of image ${number}`,
  movedByHand: (place: string) => `moved by hand; the header says ${place}`,
  headerSilent: "placed by hand; the header does not say",
  closer: (number: number) => `Look closer at image ${number}`,
  closerShort: "Look closer",
  back: "Back to the whole exam",
  backToAll: "Back to all images",
  chooseOne: "Look closer at an image to see its result.",
  placeThem: (count: number) =>
    `${count === 1 ? "1 image has" : `${count} images have`} no side and view in the header: choose ` +
    "where they hang. Until then they count in no breast.",
  moved: (number: number, place: string) => `Image ${number} hangs as ${place}.`,

  scores: "Scores of the views and breasts",
  view: "View",
  score: "Score",
  atPoint: "At the operating point",
  above: "above",
  below: "below",
  cannotAssess: "cannot assess",
  breasts: { R: "Right breast", L: "Left breast" },
  byViews: (breast: string) => `${breast}, by all its views`,
  woman: "Woman, maximum of her breasts",
  noneAssessed: "no view of a known side could be assessed",
  ownLine:
    "A breast of several views has a calibration of its own: its score may lie above or below those of all its views.",
  oneBreast: { R: "Only the right breast has a view: nothing is said of the left.", L: "Only the left breast has a view: nothing is said of the right." },
  missing: (places: string) => `Not given: ${places}.`,
  failed: (count: number) => `${count} of the files could not be read and ${count === 1 ? "counts" : "count"} in nothing.`,
  uncounted: (count: number) => `${count} of the images could not be assessed and ${count === 1 ? "counts" : "count"} in no mean.`,
  pending: (count: number) => `${count} of the images ${count === 1 ? "has" : "have"} no answer yet.`,
  chosenByImage:
    "The operating point was chosen by image; here it is held against the maximum of her breasts.",
  noFiguresByWoman:
    "The card has no figures by woman at this operating point: these are by image, and an exam may differ.",
};
